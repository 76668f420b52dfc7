"""Contacts of residents: encrypted, revealed to the handler only, every reveal logged."""

import subprocess
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.database.backup import dump
from service.solving.problems.tables import ProblemContact
from tests.build.county import access_log
from tests.solving.problems.conftest import CONTACT, World, move_problem, raise_and_answer, raise_problem

REASON = {"reason": "上门前联系"}


async def test_reveal_by_the_handler_shows_the_contact_and_logs_the_reason(world: World, settings: Settings) -> None:
    url, _ = await raise_problem(world, contact=CONTACT)

    answer = await world.handler.post(f"{url}/reveals", json=REASON)

    assert answer.json() == CONTACT
    with psycopg.connect(settings.owner_database_url) as connection:
        row = connection.execute(
            "SELECT action, facts->>'reason' FROM access_log WHERE subject_id = %s ORDER BY id DESC LIMIT 1",
            [UUID(url[-36:])],
        ).fetchone()
    assert row == ("problem.contact_revealed", REASON["reason"])


@pytest.mark.parametrize("who", ["phone", "secretary", "desk"])
async def test_reveal_by_other_roles_is_refused(world: World, who: str) -> None:
    url, _ = await raise_problem(world, contact=CONTACT)

    answer = await getattr(world, who).post(f"{url}/reveals", json=REASON)

    assert answer.status_code == 403
    assert CONTACT["phone"] not in (await world.phone.get(url)).text


@pytest.mark.parametrize("body", [None, {}, {"reason": ""}, {"reason": "   "}])
async def test_reveal_without_reason_is_refused(world: World, body: dict[str, str] | None) -> None:
    url, _ = await raise_problem(world, contact=CONTACT)

    answer = await world.handler.post(f"{url}/reveals", json=body)

    assert answer.status_code == 422
    assert CONTACT["phone"] not in answer.text


async def test_reveal_by_a_former_owner_is_refused(world: World) -> None:
    url, _ = await raise_problem(world, contact=CONTACT)
    before = await world.handler.post(f"{url}/reveals", json=REASON)

    await move_problem(world.desk, url, "owner", {"organisation_id": str(world.organ.id)})

    assert (before.status_code, (await world.handler.post(f"{url}/reveals", json=REASON)).status_code) == (200, 404)


async def test_reveal_after_closing_is_refused(world: World, settings: Settings) -> None:
    url, link = await raise_and_answer(world, contact=CONTACT)
    await world.api.post(link, data={"satisfaction": "satisfied"})
    before = await world.handler.post(f"{url}/reveals", json=REASON)
    await move_problem(world.handler, url, "closure")

    answer = await world.handler.post(f"{url}/reveals", json=REASON)

    assert (before.status_code, answer.status_code) == (200, 409)
    assert answer.json()["code"] == "problem.contact_no_longer_shown"
    assert [action for action, _ in access_log(settings, url[-36:])] == ["problem.contact_revealed"]


def plain_dump(settings: Settings, path: Path) -> bytes:
    dump(settings.owner_database_url, path)
    return subprocess.run(["pg_restore", "--file=-", str(path)], capture_output=True, check=True).stdout


async def test_database_dump_contains_no_readable_contact(world: World, settings: Settings, tmp_path: Path) -> None:
    await raise_problem(world, contact=CONTACT)

    plain = plain_dump(settings, tmp_path / "backup")

    assert b"COPY public.problem_contact" in plain
    for secret in CONTACT.values():
        assert secret.encode() not in plain
        assert secret.encode().hex().encode() not in plain


async def test_blind_index_is_equal_for_every_notation_of_a_phone(world: World, session: AsyncSession) -> None:
    first, _ = await raise_problem(world, contact=CONTACT)
    second, _ = await raise_problem(world, contact=CONTACT | {"phone": "+86 139 1234 5678"})

    await set_rls_purpose(session, Purpose.UPKEEP)
    rows = [await session.get(ProblemContact, UUID(url[-36:])) for url in (first, second)]

    assert rows[0] is not None
    assert rows[1] is not None
    assert rows[0].phone_index == rows[1].phone_index
    assert rows[0].phone != rows[1].phone
