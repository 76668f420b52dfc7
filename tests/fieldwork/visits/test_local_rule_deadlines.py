"""Deadlines of a visit are local rules; the rule in force at the start of the deadline decides."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.local_rules import RuleKey
from schemas.identity.organisations import Role
from service.fieldwork.visits import automatic_check_out
from service.fieldwork.visits.tables import Visit
from service.foundation.events.tables import Timer
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World
from tests.operations.worker.steps import jobs_app, relay_once

RECORD = {"purpose": "listening", "people_met": 6}


async def check_out(world: World, visit: str, clock: FakeClock) -> None:
    body = {"checked_out_at": clock().isoformat()}
    answer = await world.phone.put(f"{visit}/check-out", json=body, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text


async def record_later(world: World, api: Caller, visit: str, clock: FakeClock, days: int) -> int:
    """Write the record, write another one so many days later; returns the status of the second."""
    await world.phone.put(f"{visit}/record", json=RECORD, headers={"If-Match": '"2"'})
    clock.move(days=days)
    other = RECORD | {"people_met": 7}
    answer = await api.as_(world.cadre).put(f"{visit}/record", json=other, headers={"If-Match": '"3"'})
    clock.move(days=-days)
    return answer.status_code


async def timer_due_at(
    session: AsyncSession, engine: AsyncEngine, settings: Settings, clock: FakeClock, visit: str
) -> datetime:
    """Run the outbox relay and return the time of the automatic check-out."""
    async with jobs_app(settings).open_async() as jobs:
        while await relay_once(engine, jobs, settings, clock):
            pass
    statement = select(Timer.due_at).where(
        Timer.subject_id == UUID(visit[-36:]), Timer.kind == automatic_check_out.TIMER
    )
    return (await session.exec(statement)).one()


async def test_automatic_check_out_uses_the_hours_of_the_organisation(
    world: World, session: AsyncSession, engine: AsyncEngine, settings: Settings, clock: FakeClock
) -> None:
    await build.a_local_rule(session, world.organ, RuleKey.VISIT_FORGOTTEN_AFTER_H, 72)
    await session.commit()
    url = f"/v1/visits/{new_id()}"
    await world.phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})

    due_at = await timer_due_at(session, engine, settings, clock, url)

    visit = await session.get(Visit, UUID(url[-36:]))
    assert visit is not None
    assert due_at == visit.recorded_at + timedelta(hours=72)


async def test_new_local_rule_does_not_move_a_timer_that_is_set(
    world: World, session: AsyncSession, engine: AsyncEngine, settings: Settings, clock: FakeClock, visit: str
) -> None:
    before = await timer_due_at(session, engine, settings, clock, visit)
    await session.commit()

    await build.a_local_rule(session, world.organ, RuleKey.VISIT_FORGOTTEN_AFTER_H, 72)
    await session.commit()

    assert await timer_due_at(session, engine, settings, clock, visit) == before


@pytest.mark.parametrize(("days", "status"), [(19, 200), (21, 409)])
async def test_record_is_open_for_the_days_in_force_at_the_end_of_the_visit(
    world: World, session: AsyncSession, api: Caller, visit: str, clock: FakeClock, days: int, status: int
) -> None:
    await build.a_local_rule(session, world.organ, RuleKey.VISIT_RECORD_OPEN_DAYS, 20)
    later = clock() + timedelta(days=1)
    columns = {"number": 2, "recorded_at": later, "valid_from": later.date()}
    await build.a_local_rule(session, world.organ, RuleKey.VISIT_RECORD_OPEN_DAYS, 3, **columns)
    await session.commit()
    await check_out(world, visit, clock)

    assert await record_later(world, api, visit, clock, days) == status


@pytest.mark.parametrize(("days", "status"), [(2, 204), (4, 409)])
async def test_companion_declines_within_the_days_of_the_visitors_unit(
    world: World, session: AsyncSession, api: Caller, visit: str, clock: FakeClock, days: int, status: int
) -> None:
    await build.a_local_rule(session, world.organ, RuleKey.VISIT_DECLINE_WITHIN_DAYS, 3)
    companion = await somebody(session, Role.CADRE, world.organ)
    await session.commit()
    body = RECORD | {"companions": [str(companion.id)]}
    await world.phone.put(f"{visit}/record", json=body, headers={"If-Match": '"1"'})

    clock.move(days=days)
    answer = await api.as_(companion).put(f"{visit}/decline")
    clock.move(days=-days)

    assert answer.status_code == status
