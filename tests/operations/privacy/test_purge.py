"""The purge removes or masks rows after their retention, not before, and records a proof."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from schemas.residence.reports import ResidenceReportState
from service.domains import DOMAINS
from service.foundation.db import transaction
from service.foundation.events import edited_rows
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.contact_points.tables import ContactHousehold
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.identity.people.tables import Person
from service.judgement.assessments.tables import Dossier
from service.operations.privacy import purge as purge_module
from service.operations.privacy.errors import RetentionNotAllowed
from service.operations.privacy.retention import RetentionPolicy
from service.operations.privacy.tables import Purge
from service.residence.reports.tables import ResidenceReport
from service.solving.problems.tables import Problem, ProblemContact, ProblemLink
from service.tables import DIGEST_TABLES
from tests import build
from tests.build.assessments import World as Assessed
from tests.build.contact_points import a_contact_point, a_household
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.operations.privacy.conftest import Purge as PurgeTonight
from tests.solving.problems.conftest import CONTACT, World, move_problem, raise_and_answer

RULES = DOMAINS.retention
SATISFIED = {"satisfaction": "satisfied"}
DESCRIPTION = "请回电 139-1234-5678 或 025-83612345，证件 32010119800101123X，路灯编号 20261122。"


async def close_problem(world: World) -> UUID:
    url, link = await raise_and_answer(world, contact=CONTACT, description=DESCRIPTION)
    await world.api.post(link, data=SATISFIED)
    assert (await move_problem(world.handler, url, "closure")).status_code == 200
    return UUID(url[-36:])


async def proofs(session: AsyncSession, rule: str) -> list[Purge]:
    session.expire_all()
    return list((await session.exec(select(Purge).where(Purge.rule == rule).order_by(col(Purge.id)))).all())


async def contacts_left(session: AsyncSession, problem_id: UUID) -> int:
    """Count contacts; row-level security needs a purpose."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    return await build.count(session, ProblemContact, problem_id=problem_id)


async def test_contact_is_purged_after_a_year_and_numbers_in_texts_are_masked(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    problem_id = await close_problem(world)

    clock.move(days=365)
    await purge()
    on_the_day = await contacts_left(session, problem_id)
    clock.move(seconds=1)
    await purge()

    row = await session.get(Problem, problem_id, populate_existing=True)
    assert row is not None
    assert (on_the_day, await contacts_left(session, problem_id)) == (1, 0)
    assert await build.count(session, ProblemLink, problem_id=problem_id) == 0
    assert row.description == "请回电 *** 或 ***，证件 ***，路灯编号 20261122。"
    assert (row.answer, row.state) == ("路灯已修好，今晚起正常照明。", "closed")


async def test_proof_has_verifiable_count_and_hash_of_ids(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    ids = sorted([await close_problem(world), await close_problem(world)])
    clock.move(days=366)

    totals = await purge()

    proof = (await proofs(session, "problem_contact"))[-1]
    assert totals["problem_contact"] == proof.rows == 2
    assert proof.ids_sha256 == sha256(b"".join(row_id.bytes for row_id in ids)).hexdigest()
    assert (proof.verb, proof.done_at, proof.up_to) == ("masked", clock(), clock() - timedelta(days=365))
    assert await build.count(session, Event, subject_id=proof.id, name="purge.done") == 1


async def test_second_purge_removes_nothing_and_records_no_proof(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    await close_problem(world)
    clock.move(days=366)
    await purge()
    before = await build.count(session, Purge)

    again = await purge()

    assert set(again.values()) == {0}
    assert await build.count(session, Purge) == before


async def test_problem_after_ten_years_keeps_states_and_loses_texts(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    problem_id = await close_problem(world)
    clock.move(days=3651)

    await purge()

    row = await session.get(Problem, problem_id, populate_existing=True)
    assert row is not None
    assert (row.description, row.answer, row.satisfaction_reason) == ("", "", None)
    assert (row.state, row.outcome, row.satisfaction) == ("closed", "solved", "satisfied")


async def test_open_problem_keeps_its_contact(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    url, _ = await raise_and_answer(world, contact=CONTACT)
    clock.move(days=4000)

    await purge()

    assert await contacts_left(session, UUID(url[-36:])) == 1


async def test_purged_rows_still_match_digest_of_newest_event(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    problem_id = await close_problem(world)
    clock.move(days=3651)
    await purge()
    session.expire_all()

    edited = {table.__tablename__: await edited_rows.find_edited_rows(session, table) for table in (Problem, Purge)}

    assert problem_id not in edited["problem"]
    assert edited == {"problem": [], "purge": []}
    assert Purge in DIGEST_TABLES


async def test_interrupted_purge_continues_with_proof_per_chunk(
    world: World,
    session: AsyncSession,
    engine: AsyncEngine,
    settings: Settings,
    purge: PurgeTonight,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        await close_problem(world)
    clock.move(days=366)
    monkeypatch.setattr(purge_module, "CHUNK", 2)
    count_before = len(await proofs(session, "problem_contact"))

    async with transaction(engine) as first_chunk:
        await purge_module.purge_chunk(first_chunk, RULES["problem_contact"], RetentionPolicy(RULES, settings), clock())
    await purge()

    assert [proof.rows for proof in (await proofs(session, "problem_contact"))[count_before:]] == [2, 1]


async def test_households_of_ended_contact_point_are_purged_others_stay(
    world: World, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    living = a_contact_point(world.cadre, world.place)
    ended = a_contact_point(world.cadre, world.place, ended_at=clock(), end_reason="调离")
    session.add_all([living, ended])
    await session.flush()
    remaining, orphaned = [await a_household(session, point) for point in (living, ended)]
    await session.commit()
    clock.move(days=1)

    await purge()

    await set_rls_purpose(session, Purpose.UPKEEP)
    assert [await build.count(session, ContactHousehold, id=household.id) for household in (remaining, orphaned)] == [
        1,
        0,
    ]
    assert [proof.rows for proof in await proofs(session, "contact_household")] == [1]


async def test_handed_over_dossier_after_three_years_keeps_only_its_hash(
    assessed: Assessed, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    url = await assessed.freeze_cycle()
    before = await assessed.dossier(url)
    await set_rls_purpose(session, Purpose.UPKEEP)
    await session.exec(sa.update(Dossier).values(handed_over_at=clock()))
    await session.commit()
    clock.move(days=3 * 365 + 1)

    await purge()
    cadre = assessed.api.as_(assessed.county.cadre)
    answer = await cadre.get(f"{url}/dossiers/{assessed.county.cadre.id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "dossier.purged")
    assert answer.json()["facts"]["sha256"] == before["sha256"]


async def a_report(session: AsyncSession, person: Person, clock: FakeClock, **fields: Any) -> ResidenceReport:
    organisation = await build.an_organisation(session)
    row = ResidenceReport(
        **{
            "id": new_id(),
            "person_id": person.id,
            "organisation_id": organisation.id,
            "state": ResidenceReportState.ENDED,
            "submitted_at": clock(),
            "decided_at": clock(),
            "ended_at": clock(),
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.commit()
    return row


async def test_ended_report_is_purged_after_three_years_current_one_stays(
    session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    ended = await a_report(session, await build.a_person(session), clock)
    living = await a_report(
        session, await build.a_person(session), clock, state=ResidenceReportState.CONFIRMED, ended_at=None
    )
    clock.move(days=3 * 365 + 1)

    await purge()

    counts = [await build.count(session, ResidenceReport, id=row.id) for row in (ended, living)]
    assert counts == [0, 1]


async def test_report_stays_while_a_dossier_may_cite_it(
    assessed: Assessed, session: AsyncSession, purge: PurgeTonight, clock: FakeClock
) -> None:
    report = await a_report(session, assessed.county.cadre, clock)
    await assessed.freeze_cycle()
    clock.move(days=3 * 365 + 1)

    await purge()
    while_cited = await build.count(session, ResidenceReport, id=report.id)
    await set_rls_purpose(session, Purpose.UPKEEP)
    await session.exec(sa.update(Dossier).values(handed_over_at=clock()))
    await session.commit()
    clock.move(days=3 * 365 + 1)
    await purge()

    assert (while_cited, await build.count(session, ResidenceReport, id=report.id)) == (1, 0)


async def test_past_partition_is_dropped_with_proof_over_its_ids(
    session: AsyncSession, settings: Settings, purge: PurgeTonight, clock: FakeClock
) -> None:
    ids = sorted(UUID(f"019a0000-0000-7000-8000-00000000000{number}") for number in range(3))
    with psycopg.connect(settings.owner_database_url) as owner:
        owner.execute(
            "CREATE TABLE access_log_2001_01 PARTITION OF access_log FOR VALUES FROM"
            " ('01900000-0000-0000-0000-000000000000') TO ('019b0000-0000-0000-0000-000000000000')"
        )
        for row_id in ids:
            owner.execute("INSERT INTO access_log (id, action, facts) VALUES (%s, 'x', '{}')", [row_id])
    clock.move(days=400)

    totals = await purge()

    proof = (await proofs(session, "access_log"))[-1]
    assert (totals["access_log"], proof.rows, proof.verb) == (3, 3, "removed")
    assert proof.ids_sha256 == sha256(b"".join(row_id.bytes for row_id in ids)).hexdigest()
    with psycopg.connect(settings.owner_database_url) as owner:
        table = owner.execute("SELECT to_regclass('access_log_2001_01')").fetchone()
    assert table == (None,)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT drop_partition('event_default', now() + interval '50 years')",
        "SELECT drop_partition('access_log_default', now() + interval '50 years')",
        "SELECT drop_partition('person', now())",
        "SELECT partition_ids('person', '00000000-0000-0000-0000-000000000000', 10)",
        "SELECT partition_ids('event_default', '00000000-0000-0000-0000-000000000000', 10)",
        "UPDATE purge SET rows = 1",
        "DELETE FROM purge",
    ],
)
def test_service_role_cannot_drop_other_tables_or_change_proofs(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.database_url) as connection, pytest.raises(psycopg.Error):
        connection.execute(statement)


async def test_proofs_are_read_by_security_and_audit_administrators_only(
    world: World, session: AsyncSession, api: Caller, purge: PurgeTonight, clock: FakeClock
) -> None:
    await close_problem(world)
    clock.move(days=366)
    await purge()
    root = await build.an_organisation(session)
    below = await build.an_organisation(session, under=root)
    roles = [Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR, Role.SYSTEM_ADMINISTRATOR]
    people = [await somebody(session, role, root) for role in roles]
    people.append(await somebody(session, Role.SECURITY_ADMINISTRATOR, below))
    await session.commit()

    answers = [await api.as_(person).get("/v1/purges") for person in people]

    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    newest = answers[0].json()["items"][0]
    assert set(newest) == {"id", "rule", "verb", "rows", "up_to", "ids_sha256", "policy_version", "done_at"}


async def test_retention_rules_are_readable_when_signed_in(world: World) -> None:
    answer = await world.phone.get("/v1/retention-rules")

    rules = {rule["word"]: rule["days"] for rule in answer.json()["rules"]}
    assert rules["visit_position"] == 90
    assert (rules["problem_contact"], rules["problem_text"]) == (365, 3650)


def test_retention_setting_changes_days_and_policy_version(settings: Settings) -> None:
    longer = settings.model_copy(update={"retention_days": {"dossier": 1500}})
    policy = RetentionPolicy(RULES, longer)

    assert policy.kept_days(RULES["dossier"]) == 1500
    assert policy.version != RetentionPolicy(RULES, settings).version


@pytest.mark.parametrize("days", [{"visit_position": 91}, {"access_log": 30}, {"no_such_rule": 1}, {"dossier": -1}])
def test_retention_setting_outside_legal_limits_is_refused(settings: Settings, days: dict[str, int]) -> None:
    with pytest.raises(RetentionNotAllowed):
        _ = RetentionPolicy(RULES, settings.model_copy(update={"retention_days": days})).version


def test_every_retention_rule_has_texts_in_both_languages_and_source() -> None:
    assert len(RULES) > 8
    texts = [(rule.what_zh, rule.what_en, rule.since_zh, rule.since_en, rule.source) for rule in RULES.values()]
    assert all(map(all, texts))
