"""A planned handover: the current contact point ends on the day before its successor begins."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.ground.contact_points.tables import ContactPoint
from tests.conftest import START, FakeClock
from tests.ground.conftest import BASED_ON_1, URL, World, refusal
from tests.operations.worker.steps import sweep

NEXT_BEGINS_ON = "2026-12-01"
DAYS_UNTIL_NEXT = 9
"""From the first day of the tests to 1 December in China."""


@pytest.fixture(autouse=True)
async def reset_clock(clock: FakeClock) -> AsyncIterator[None]:
    yield
    clock.now = START


async def end_of(world: World, url: str) -> tuple[bool, str | None]:
    """Return whether the contact point has ended, and the reason."""
    point = (await world.officer.get(url)).json()
    return point["ended_at"] is not None, point["end_reason"]


async def test_contact_point_with_planned_successor_ends_when_it_begins(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start()
    await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON)

    at_start = await end_of(world, url)
    await sweep(engine, clock.move(days=DAYS_UNTIL_NEXT - 1))
    day_before = await end_of(world, url)
    await sweep(engine, clock.move(days=1))
    on_the_day = await end_of(world, url)

    assert (at_start, day_before, on_the_day) == ((False, None), (False, None), (True, "已交接"))


async def test_contact_point_with_earlier_last_day_ends_on_it(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start(ends_on="2026-11-23")
    await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON)

    await sweep(engine, clock.move(days=2))

    assert await end_of(world, url) == (True, "任期届满")


@pytest.mark.parametrize("begins_on", ["2026-11-22", "2026-11-01"])
async def test_successor_that_begins_today_or_earlier_ends_predecessor_now(world: World, begins_on: str) -> None:
    url = await world.start()

    await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=begins_on)

    assert await end_of(world, url) == (True, "已交接")


async def test_next_term_of_same_leader_replaces_current_term(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start(ends_on="2026-11-30")
    successor_url = await world.start(succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON)

    duplicate = await world.officer.put(f"{URL}/{new_id()}", json=world.body())
    await sweep(engine, clock.move(days=DAYS_UNTIL_NEXT))
    later_duplicate = await world.officer.put(f"{URL}/{new_id()}", json=world.body())

    assert {refusal(duplicate), refusal(later_duplicate)} == {(409, "contact_point.already_in_contact")}
    assert (await end_of(world, url), await end_of(world, successor_url)) == ((True, "已交接"), (False, None))


async def successor_is_next_term(session: AsyncSession, url: str) -> bool:
    """Return whether the successor of a contact point is still marked as the next term."""
    statement = select(ContactPoint.is_next_term).where(ContactPoint.succeeds_id == UUID(url[-36:]))
    return (await session.exec(statement)).one()


async def test_planned_successor_repeated_request_changes_nothing(world: World, session: AsyncSession) -> None:
    url = await world.start(ends_on="2026-11-30")
    successor_url, body = f"{URL}/{new_id()}", world.body(succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON)

    answers = [await world.officer.put(successor_url, json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert await successor_is_next_term(session, url)


async def test_planned_successor_ended_early_leaves_current_term_unchanged(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start()
    successor_url = await world.start(
        leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON
    )
    await world.officer.put(f"{successor_url}/end", json={"reason": "人选有变"}, headers=BASED_ON_1)

    await sweep(engine, clock.move(days=DAYS_UNTIL_NEXT))
    on_planned_day = await end_of(world, url)
    await sweep(engine, clock.move(days=365))

    assert (on_planned_day, await end_of(world, url)) == ((False, None), (True, "任期届满"))


async def test_contact_point_ended_early_activates_next_term(world: World, session: AsyncSession) -> None:
    url = await world.start(ends_on="2026-11-30")
    await world.start(succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON)

    await world.officer.put(f"{url}/end", json={"reason": "提前"}, headers=BASED_ON_1)

    assert not await successor_is_next_term(session, url)


async def test_contact_point_with_locked_successor_waits_for_next_sweep(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start()
    successor_url = await world.start(
        leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=NEXT_BEGINS_ON
    )
    clock.move(days=DAYS_UNTIL_NEXT)

    async with transaction(engine) as other_session:
        lock = select(ContactPoint).where(ContactPoint.id == UUID(successor_url[-36:])).with_for_update()
        (await other_session.exec(lock)).one()
        await asyncio.wait_for(sweep(engine, clock()), timeout=10)
        while_locked = await end_of(world, url)
    await sweep(engine, clock())

    assert (while_locked, await end_of(world, url)) == ((False, None), (True, "已交接"))
