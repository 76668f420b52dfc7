"""Event handlers of visits: a timer or job deletes the check-in position."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from uuid import UUID

import pytest
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.fieldwork.visits.tables import Visit, VisitPosition
from service.foundation.crypto import Keys
from service.foundation.events.tables import Timer
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.privacy.tables import Purge
from tests import build
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import sweep, tools_of


@pytest.fixture
async def phone(session: AsyncSession, api: Caller) -> Caller:
    organ = await build.an_organisation(session)
    cadre = await build.a_person(session)
    await build.a_posting(session, cadre, organ, "cadre")
    await build.a_consent(session, cadre)
    await session.commit()
    return api.as_(cadre)


@pytest.fixture
async def visit(phone: Caller, session: AsyncSession, clock: FakeClock) -> UUID:
    """A check-in whose position is kept with consent."""
    place = await build.a_place(session, await build.an_organisation(session))
    await session.commit()
    visit_id, now = new_id(), clock().isoformat()
    position = {"longitude_deg": 118.8, "latitude_deg": 32.06, "accuracy_m": 9, "datum": "gcj02", "captured_at": now}
    body = {"place_id": str(place.id), "checked_in_at": now, "position": position}
    assert (await phone.put(f"/v1/visits/{visit_id}", json=body)).status_code == 201
    return visit_id


Work = Callable[[], Awaitable[None]]


@pytest.fixture
def work(jobs: App, engine: AsyncEngine, settings: Settings, keys: Keys, clock: FakeClock) -> Work:
    """Run all waiting jobs."""
    tools = tools_of(engine, settings, keys, clock)
    return lambda: jobs.run_worker_async(
        wait=False, install_signal_handlers=False, listen_notify=False, additional_context={"tools": tools}
    )


async def test_kept_position_is_deleted_after_ninety_days_not_before(
    visit: UUID, session: AsyncSession, engine: AsyncEngine, run_relay: RunRelay
) -> None:
    await drain(run_relay, session)
    row = await session.get(Visit, visit)
    timer = await session.get(Timer, (visit, "visit.position_forgotten"))
    assert row is not None
    assert timer is not None
    assert (timer.due_at - row.recorded_at).days == 90

    await sweep(engine, timer.due_at.replace(microsecond=0))
    count_before = await build.count(session, VisitPosition, visit_id=visit)
    await sweep(engine, timer.due_at)

    assert (count_before, await build.count(session, VisitPosition, visit_id=visit)) == (1, 0)
    assert await build.count(session, Visit, id=visit) == 1


async def test_withdrawing_consent_deletes_kept_position(
    visit: UUID, phone: Caller, session: AsyncSession, run_relay: RunRelay, work: Work
) -> None:
    answer = await phone.delete("/v1/me/consents/keep_positions")
    assert answer.json()["withdrawn_at"] is not None

    await drain(run_relay, session)
    await work()

    assert await build.count(session, VisitPosition, visit_id=visit) == 0


async def test_withdrawing_another_consent_keeps_position(
    visit: UUID, session: AsyncSession, jobs: App, work: Work
) -> None:
    row = await session.get_one(Visit, visit)
    ended = {"person_id": str(row.person_id), "purpose": "another"}
    job = jobs.configure_task("visits.delete_positions")

    await job.defer_async(event_id=str(new_id()), subject_id=str(new_id()), payload=ended)
    await work()

    assert await build.count(session, VisitPosition, visit_id=visit) == 1


async def test_deleted_position_has_proof(
    visit: UUID, phone: Caller, session: AsyncSession, run_relay: RunRelay, work: Work
) -> None:
    await phone.delete("/v1/me/consents/keep_positions")

    await drain(run_relay, session)
    await work()

    hashes = select(Purge.ids_sha256).where(Purge.rule == "position_without_consent")
    assert sha256(visit.bytes).hexdigest() in (await session.exec(hashes)).all()


async def test_visit_without_kept_position_has_no_timer(
    phone: Caller, session: AsyncSession, run_relay: RunRelay, clock: FakeClock
) -> None:
    place = await build.a_place(session, await build.an_organisation(session))
    await session.commit()
    visit_id = new_id()
    await phone.put(f"/v1/visits/{visit_id}", json={"place_id": str(place.id), "checked_in_at": clock().isoformat()})

    await drain(run_relay, session)

    assert await build.count(session, Timer, subject_id=visit_id, kind="visit.position_forgotten") == 0
