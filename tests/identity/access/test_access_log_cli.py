"""`grassroots audit`: list, export and verify the access log; every reading is logged."""

import json
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.columns import TransactionId
from service.foundation.crypto import Keys
from service.foundation.db import create_engine
from service.foundation.events import chains
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access import access_log_queries
from service.identity.access.access_log import log_access
from service.identity.auth.tokens import jwk
from tests.build.commands import run_command
from tests.conftest import FakeClock


def audit(settings: Settings, *words: str, reason: str = "年度审计") -> CompletedProcess[str]:
    variables = {"AUDITOR_DATABASE_URL": settings.auditor_database_url, "DATABASE_URL": ""}
    return run_command("audit", *words, "--reason", reason, **variables)


def parse_lines(process: CompletedProcess[str]) -> list[dict[str, object]]:
    assert process.returncode == 0, process.stderr
    return [json.loads(line) for line in process.stdout.splitlines()]


def facts_of_action(settings: Settings, action: str) -> list[dict[str, object]]:
    with psycopg.connect(settings.owner_database_url) as connection:
        rows = connection.execute("SELECT facts FROM access_log WHERE action = %s ORDER BY id", [action]).fetchall()
    return [facts for (facts,) in rows]


@pytest.fixture
async def lines(session: AsyncSession) -> list[UUID]:
    """Three actors read the same person, then one signs in: the ids of the person and of the actors."""
    subject, actors = new_id(), [new_id() for _ in range(3)]
    for actor in actors:
        await log_access(session, "person.read", actor_id=actor, subject_id=subject, facts={"why": "了解情况"})
        await session.commit()
    await log_access(session, "auth.signed_in", actor_id=actors[0], subject_id=actors[0])
    await session.commit()
    return [subject, *actors]


async def test_list_filters_lines_newest_first_and_logs_the_reading(settings: Settings, lines: list[UUID]) -> None:
    subject, first, _, last = map(str, lines)

    of_subject = parse_lines(audit(settings, "list", "--subject", subject, reason="举报核查"))
    of_actor = parse_lines(audit(settings, "list", "--actor", first))
    sign_ins = parse_lines(audit(settings, "list", "--action", "auth", "--since", "2026-01-01", "--limit", "1"))
    older = parse_lines(audit(settings, "list", "--subject", subject, "--before", str(of_subject[0]["id"])))

    assert [line["actor_id"] for line in of_subject][::2] == [last, first]
    assert {line["action"] for line in of_actor} == {"person.read", "auth.signed_in"}
    assert [line["action"] for line in sign_ins] == ["auth.signed_in"]
    assert older == of_subject[1:]
    reading = [facts for facts in facts_of_action(settings, "access_log.read") if facts["reason"] == "举报核查"][-1]
    assert (reading["subject"], reading["lines"]) == (subject, "3")
    assert reading["login"]


async def test_list_without_reason_or_auditor_role_prints_nothing(settings: Settings, lines: list[UUID]) -> None:
    without_reason = audit(settings, "list", reason=" ")
    as_service = audit(settings.model_copy(update={"auditor_database_url": settings.database_url}), "list")
    without_role = audit(settings.model_copy(update={"auditor_database_url": ""}), "list")

    assert [process.returncode == 0 for process in (without_reason, as_service, without_role)] == [False] * 3
    assert without_reason.stdout == as_service.stdout == without_role.stdout == ""
    assert "AUDITOR_DATABASE_URL" in without_role.stderr


async def test_export_with_cursor_file_continues_where_it_stopped(
    settings: Settings, lines: list[UUID], session: AsyncSession, tmp_path: Path
) -> None:
    arguments = ["export", "--file", str(tmp_path / "log.jsonl"), "--cursor-file", str(tmp_path / "cursor")]
    first = audit(settings, *arguments)
    await log_access(session, "person.read", actor_id=None, subject_id=lines[0])
    await session.commit()
    second = audit(settings, *arguments)

    exported = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    with psycopg.connect(settings.owner_database_url) as connection:
        stored = connection.execute("SELECT id::text FROM access_log ORDER BY epoch, transaction_id, id").fetchall()
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert [line["id"] for line in exported] == [line_id for (line_id,) in stored]
    assert len(facts_of_action(settings, "access_log.exported")) >= 2


async def test_lines_are_sorted_by_transaction_number_not_by_its_text(settings: Settings) -> None:
    engine = create_engine(settings, settings.owner_database_url)
    lines = {transaction: new_id() for transaction in ("9", "10")}
    insert = sa.text("INSERT INTO access_log (id, action, facts, transaction_id) VALUES (:id, 'x', '{}', :transaction)")
    try:
        async with engine.connect() as connection, AsyncSession(connection) as session:
            for transaction, line_id in lines.items():
                bound = insert.bindparams(sa.bindparam("transaction", type_=TransactionId()))
                await connection.execute(bound, {"id": line_id, "transaction": transaction})
            first = await access_log_queries.lines_after(
                session, access_log_queries.encode_cursor(access_log_queries.FIRST), 2
            )
    finally:
        await engine.dispose()

    assert [line.id for line in first] == list(lines.values())


async def test_export_leaves_out_lines_of_later_and_open_transactions(
    settings: Settings, lines: list[UUID], session: AsyncSession
) -> None:
    early, late = new_id(), new_id()
    with psycopg.connect(settings.database_url) as slow:
        slow.execute("INSERT INTO access_log (id, action, facts) VALUES (%s, 'early', '{}')", [early])
        await log_access(session, "late", actor_id=None, subject_id=late)
        await session.commit()
        before = parse_lines(audit(settings, "export"))
        slow.commit()
    after = parse_lines(audit(settings, "export", "--since", str(before[-1]["cursor"])))

    assert not {"early", "late"} & {str(line["action"]) for line in before}
    assert [line["action"] for line in after if line["action"] in {"early", "late"}] == ["early", "late"]


async def test_export_since_timestamp_leaves_out_earlier_lines(settings: Settings, lines: list[UUID]) -> None:
    all_lines = parse_lines(audit(settings, "export", "--since", "2020-01-01"))
    last = next(line for line in reversed(all_lines) if line["subject_id"] == str(lines[0]))
    timestamp = datetime.fromtimestamp(created_ms(last) / 1000, UTC)

    later = parse_lines(audit(settings, "export", "--since", timestamp.isoformat()))
    garbage = audit(settings, "export", "--since", "yesterday")

    common = [line for line in later if line in all_lines]
    assert common == [line for line in all_lines if created_ms(line) >= created_ms(last)]
    assert {line["action"] for line in later if line not in all_lines} == {"access_log.exported"}
    assert (garbage.returncode, garbage.stdout) == (1, "")


def created_ms(line: dict[str, object]) -> int:
    """The time in the UUIDv7 of a line, in milliseconds since 1970."""
    return UUID(str(line["id"])).int >> 80


async def test_export_to_unusable_file_fails_and_saves_no_cursor(
    settings: Settings, lines: list[UUID], tmp_path: Path
) -> None:
    file, cursor = tmp_path / "missing" / "log.jsonl", tmp_path / "cursor"

    process = audit(settings, "export", "--file", str(file), "--cursor-file", str(cursor))

    assert process.returncode == 1
    assert not cursor.exists()


async def test_verify_names_the_changed_line(
    settings: Settings, lines: list[UUID], session: AsyncSession, keys: Keys, clock: FakeClock, tmp_path: Path
) -> None:
    while await chains.append_head(session, chains.ACCESS_LOG, clock()):
        pass
    await session.commit()
    token_key = ec.generate_private_key(ec.SECP256R1())  # the published keys contain the token key too
    head, jwks = tmp_path / "head.jws", tmp_path / "jwks.json"
    head.write_text(str(await chains.signed_head(session, chains.ACCESS_LOG, keys, clock())))
    await session.commit()
    jwks.write_text(json.dumps({"keys": [jwk(token_key.public_key()), jwk(keys.signing.public_key())]}))
    before = audit(settings, "verify", "--head", str(head), "--jwks", str(jwks))

    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        changed_id = owner.execute("SELECT id FROM access_log WHERE subject_id = %s", [lines[0]]).fetchall()[1][0]
        owner.execute("UPDATE access_log SET facts = '{}' WHERE id = %s", [changed_id])
    after = audit(settings, "verify", "--head", str(head), "--jwks", str(jwks))

    assert before.returncode == 0, before.stderr
    assert (after.returncode, after.stdout) == (1, "")
    assert f"changed {changed_id}" in after.stderr
    assert after.stderr.startswith("✗ chain head ")
    assert [facts["problems"] for facts in facts_of_action(settings, "access_log.verified")] == ["0", "1"]
