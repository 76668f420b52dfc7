"""A withdrawal of consent and a check-in at the same time: no position is left behind."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.fieldwork.visits.tables import VisitPosition
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock

LOCK_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"


@pytest.fixture
async def cadre(session: AsyncSession) -> Person:
    person = await build.a_person(session)
    await build.a_posting(session, person, await build.an_organisation(session), "cadre")
    await build.a_consent(session, person)
    await session.commit()
    return person


@pytest.fixture
async def check_in(session: AsyncSession, clock: FakeClock) -> dict[str, Any]:
    place = await build.a_place(session, await build.an_organisation(session))
    await session.commit()
    now = clock().isoformat()
    position = {"longitude_deg": 118.8, "latitude_deg": 32.06, "accuracy_m": 9, "datum": "wgs84", "captured_at": now}
    return {"place_id": str(place.id), "checked_in_at": now, "position": position}


LockWait = Callable[[], Awaitable[None]]


@pytest.fixture
def lock_wait(admin_url: str, database: str) -> LockWait:
    """Wait until a statement waits for a lock; only the superuser can see the locks of other roles."""
    return lambda: _until_lock_wait(admin_url, database)


async def _until_lock_wait(admin_url: str, database: str) -> None:
    async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as admin:
        async with asyncio.timeout(10):
            while (await (await admin.execute(LOCK_WAITS, [database])).fetchone()) == (0,):
                await asyncio.sleep(0.01)


async def test_check_in_during_a_withdrawal_stores_no_position(
    cadre: Person,
    check_in: dict[str, Any],
    api: Caller,
    session: AsyncSession,
    settings: Settings,
    lock_wait: LockWait,
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database_url) as withdrawing:
        await withdrawing.execute("UPDATE consent SET withdrawn_at = now() WHERE person_id = %s", [cadre.id])
        arriving = asyncio.create_task(api.as_(cadre).put(f"/v1/visits/{new_id()}", json=check_in))
        await lock_wait()
        await withdrawing.commit()
    answer = await arriving

    assert answer.status_code == 201
    assert await build.count(session, VisitPosition, person_id=cadre.id) == 0


async def test_withdrawal_waits_for_a_running_check_in(
    cadre: Person, api: Caller, settings: Settings, lock_wait: LockWait
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database_url) as arriving:
        await arriving.execute("SELECT FROM consent WHERE person_id = %s FOR SHARE", [cadre.id])
        withdrawing = asyncio.create_task(api.as_(cadre).delete("/v1/me/consents/keep_positions"))
        await lock_wait()
        was_done = withdrawing.done()
        await arriving.commit()
    answer = await withdrawing

    assert (was_done, answer.status_code) == (False, 200)


async def test_two_check_ins_of_one_person_run_at_the_same_time(
    cadre: Person, check_in: dict[str, Any], api: Caller, settings: Settings
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database_url) as arriving:
        await arriving.execute("SELECT FROM consent WHERE person_id = %s FOR SHARE", [cadre.id])
        answer = await api.as_(cadre).put(f"/v1/visits/{new_id()}", json=check_in)

    assert answer.status_code == 201
