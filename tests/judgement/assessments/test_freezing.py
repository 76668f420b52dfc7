"""Freezing a cycle: dossiers as of one time, crash recovery, concurrent workers."""

import asyncio
from datetime import timedelta
from uuid import UUID

import jwt
import pytest
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.organisations import Role
from service.foundation.crypto import Keys
from service.foundation.db import transaction
from service.foundation.events import edited_rows
from service.foundation.events.tables import Event
from service.foundation.settings import Settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.judgement.assessments import actions, handover_file, queries, snapshots
from service.judgement.assessments.tables import AssessmentCycle, Dossier
from service.solving.problems.tables import Problem
from tests import build
from tests.build.assessments import CONFIRMED, World, a_problem, record_events
from tests.build.county import somebody
from tests.conftest import FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import tools_of


async def stored_dossiers(session: AsyncSession, url: str) -> dict[UUID, tuple[str, str]]:
    """Person id → (sha256, jws) of every dossier of the cycle."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    rows = await session.exec(
        select(Dossier).where(Dossier.cycle_id == UUID(url[-36:])).execution_options(populate_existing=True)
    )
    return {row.person_id: (row.sha256, row.jws) for row in rows}


async def count_events(session: AsyncSession, name: EventName, *subjects: UUID) -> int:
    rows = await session.exec(select(Event.id).where(Event.name == name.value, col(Event.subject_id).in_(subjects)))
    return len(rows.all())


async def start_freeze(world: World) -> str:
    url = await world.open_cycle()
    await world.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})
    return url


async def test_freeze_request_is_executed_by_the_worker(
    world: World,
    session: AsyncSession,
    run_relay: RunRelay,
    jobs: App,
    engine: AsyncEngine,
    settings: Settings,
    keys: Keys,
) -> None:
    url = await start_freeze(world)
    during = (await world.cadre.get(url)).json()

    await drain(run_relay, session)
    tools = tools_of(engine, settings, keys, world.clock)
    await jobs.run_worker_async(
        wait=False, install_signal_handlers=False, listen_notify=False, additional_context={"tools": tools}
    )

    cycle = (await world.cadre.get(url)).json()
    assert (during["state"], during["freezing_at"] is None, during["frozen_at"]) == ("collecting", False, None)
    assert (cycle["state"], cycle["frozen_at"] is None, cycle["version"]) == ("frozen", False, 3)
    assert set(await stored_dossiers(session, url)) == {world.county.cadre.id, world.county.officer.id}
    for name in (EventName.ASSESSMENT_CYCLE_FREEZING, EventName.ASSESSMENT_CYCLE_FROZEN):
        assert await count_events(session, name, UUID(url[-36:])) == 1
    assert (
        await edited_rows.find_edited_rows(session, AssessmentCycle)
        == await edited_rows.find_edited_rows(session, Dossier)
        == []
    )


async def test_freeze_repeated_keeps_the_same_bytes(world: World, session: AsyncSession) -> None:
    url = await world.freeze_cycle()
    first, cycle = await stored_dossiers(session, url), (await world.officer.get(url)).json()

    world.clock.move(minutes=1)
    again = await world.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})
    await world.run_freeze_job(url)

    assert (again.status_code, again.json()) == (202, cycle)
    assert await stored_dossiers(session, url) == first
    assert await count_events(session, EventName.ASSESSMENT_CYCLE_FREEZING, UUID(url[-36:])) == 1


async def test_snapshot_is_deterministic_and_equals_the_signed_content(
    world: World, session: AsyncSession, keys: Keys
) -> None:
    url, person_id = await world.freeze_cycle(), world.county.cadre.id
    cycle = await session.get_one(AssessmentCycle, UUID(url[-36:]))
    assert cycle.freezing_at is not None

    first = handover_file.canonical_json(await snapshots.compute_snapshot(session, cycle, person_id, cycle.freezing_at))
    again = handover_file.canonical_json(await snapshots.compute_snapshot(session, cycle, person_id, cycle.freezing_at))

    signed = jwt.api_jws.decode(
        (await stored_dossiers(session, url))[person_id][1], keys.signing.public_key(), ["ES256"]
    )
    row = (
        await session.exec(select(Dossier).where(Dossier.cycle_id == cycle.id, Dossier.person_id == person_id))
    ).one()
    assert first == again == signed == handover_file.canonical_json(row.snapshot)


async def test_events_after_the_freeze_do_not_change_dossiers(world: World, session: AsyncSession) -> None:
    url = await world.freeze_cycle()
    before, bytes_before = await world.dossier(url), await stored_dossiers(session, url)

    problem = await a_problem(session, world.county.cadre, world.place)
    await record_events(session, problem, (CONFIRMED, world.clock() - timedelta(days=1)))
    corrected = await session.get_one(Problem, world.problem.id)
    corrected.outcome = "explained"
    await session.commit()

    assert await world.dossier(url) == before
    assert await stored_dossiers(session, url) == bytes_before
    assert (await world.dossier(await world.open_cycle()))["figures"] != before["figures"]


async def test_events_during_the_freeze_are_not_counted(world: World, session: AsyncSession) -> None:
    url = await start_freeze(world)
    as_of = (await world.cadre.get(url)).json()["freezing_at"]

    late = world.clock.move(minutes=5)
    problem = await a_problem(session, world.county.cadre, world.place)
    await record_events(session, problem, (CONFIRMED, late))
    await session.commit()
    during = await world.dossier(url)
    await world.run_freeze_job(url)

    after = await world.dossier(url)
    assert during["figures"] == after["figures"]
    assert during["as_of"] == after["as_of"] == as_of
    assert next(figure["value"] for figure in after["figures"] if figure["code"] == "residents_satisfied") == 1


async def test_freeze_continues_after_a_killed_worker(
    world: World, session: AsyncSession, engine: AsyncEngine, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        await somebody(session, Role.CADRE, world.county.community)
    await session.commit()
    url = await start_freeze(world)
    written = 0
    compute = snapshots.compute_snapshot

    async def compute_three_then_die(*arguments: object) -> object:
        nonlocal written
        if written == 3:
            raise asyncio.CancelledError
        written += 1
        return await compute(*arguments)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(snapshots, "compute_snapshot", compute_three_then_die)
    with pytest.raises(asyncio.CancelledError):
        await world.run_freeze_job(url)
    monkeypatch.undo()
    halfway, state = await stored_dossiers(session, url), (await world.cadre.get(url)).json()["state"]
    await world.run_freeze_job(url)

    dossiers = await stored_dossiers(session, url)
    assert (len(halfway), state, len(dossiers)) == (3, "collecting", 6)
    assert {person: dossiers[person] for person in halfway} == halfway
    ids = (await session.exec(select(Dossier.id).where(Dossier.cycle_id == UUID(url[-36:])))).all()
    assert await count_events(session, EventName.DOSSIER_FROZEN, *ids) == 6
    assert (await world.cadre.get(url)).json()["state"] == "frozen"


async def test_concurrent_workers_write_each_dossier_once(world: World, session: AsyncSession) -> None:
    for _ in range(6):
        await somebody(session, Role.CADRE, world.county.community)
    await session.commit()
    url = await start_freeze(world)

    await asyncio.gather(world.run_freeze_job(url), world.run_freeze_job(url), world.run_freeze_job(url))

    await set_rls_purpose(session, Purpose.UPKEEP)
    ids = (await session.exec(select(Dossier.id).where(Dossier.cycle_id == UUID(url[-36:])))).all()
    assert len(ids) == len(await stored_dossiers(session, url)) == 8
    assert await count_events(session, EventName.DOSSIER_FROZEN, *ids) == 8
    assert await count_events(session, EventName.ASSESSMENT_CYCLE_FROZEN, UUID(url[-36:])) == 1


async def test_frozen_cycle_gets_no_further_dossiers(
    world: World, session: AsyncSession, engine: AsyncEngine, keys: Keys, clock: FakeClock
) -> None:
    url = await world.freeze_cycle()
    late = await somebody(session, Role.CADRE, world.county.town)
    await session.commit()

    async with transaction(engine) as writing:
        await actions.write_dossier(writing, keys, UUID(url[-36:]), late.id, clock())

    assert late.id not in await stored_dossiers(session, url)
    assert (await world.officer.get(f"{url}/dossiers/{late.id}")).status_code == 404


async def test_cycle_with_a_missing_dossier_is_not_closed(
    world: World, engine: AsyncEngine, keys: Keys, clock: FakeClock
) -> None:
    url = await start_freeze(world)
    async with transaction(engine) as writing:
        await actions.write_dossier(writing, keys, UUID(url[-36:]), world.county.cadre.id, clock())

    async with transaction(engine) as closing:
        is_closed = await actions.close_cycle(closing, UUID(url[-36:]), clock())

    assert is_closed is False
    assert (await world.cadre.get(url)).json()["state"] == "collecting"


async def test_freeze_requires_permission_and_current_version(world: World, session: AsyncSession) -> None:
    url = await world.open_cycle()
    path = f"{url}/freeze"

    missing = await world.officer.post(path)
    stale = await world.officer.post(path, headers={"If-Match": '"7"'})
    colleague = await world.cadre.post(path, headers={"If-Match": '"1"'})
    stranger = await world.stranger.post(path, headers={"If-Match": '"1"'})
    nowhere = await world.officer.post(f"/v1/assessment-cycles/{world.problem.id}/freeze", headers={"If-Match": '"1"'})

    answers = [(answer.status_code, answer.json()["code"]) for answer in (missing, stale, colleague, stranger, nowhere)]
    assert answers == [
        (428, "version.missing"),
        (412, "version.stale"),
        (403, "access.not_permitted"),
        (403, "access.not_permitted"),
        (404, "assessment_cycle.not_found"),
    ]
    assert (await world.cadre.get(url)).json()["freezing_at"] is None
    await set_rls_purpose(session, Purpose.UPKEEP)
    assert await build.count(session, Dossier, cycle_id=UUID(url[-36:])) == 0


async def test_persons_without_dossier_returns_at_most_the_limit(world: World, session: AsyncSession) -> None:
    url = await start_freeze(world)
    cycle = await session.get_one(AssessmentCycle, UUID(url[-36:]))

    person_ids = await queries.persons_without_dossier(session, cycle, 1)

    assert list(person_ids) == [min(world.county.cadre.id, world.county.officer.id)]
