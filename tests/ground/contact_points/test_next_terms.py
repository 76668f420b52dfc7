"""A handover planned ahead: the present contact goes on until the day its successor begins."""

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

BEGINS = "2026-12-01"
DAYS = 9
"""From the tests' first day to 1 December in China."""


@pytest.fixture(autouse=True)
async def clock_back(clock: FakeClock) -> AsyncIterator[None]:
    yield
    clock.now = START


async def state(world: World, url: str) -> tuple[bool, str | None]:
    """Whether it has ended, and why."""
    point = (await world.officer.get(url)).json()
    return point["ended_at"] is not None, point["end_reason"]


async def test_the_present_one_ends_on_the_day_its_successor_begins(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.started()
    await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=BEGINS)

    planned = await state(world, url)
    await sweep(engine, clock.move(days=DAYS - 1))
    the_day_before = await state(world, url)
    await sweep(engine, clock.move(days=1))
    then = await state(world, url)

    assert (planned, the_day_before, then) == ((False, None), (False, None), (True, "已交接"))


async def test_its_own_last_day_comes_first(world: World, engine: AsyncEngine, clock: FakeClock) -> None:
    url = await world.started(ends_on="2026-11-23")
    await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=BEGINS)

    await sweep(engine, clock.move(days=2))

    assert await state(world, url) == (True, "任期届满")


@pytest.mark.parametrize("begins_on", ["2026-11-22", "2026-11-01"])
async def test_a_successor_that_has_begun_ends_it_at_once(world: World, begins_on: str) -> None:
    url = await world.started()

    await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=begins_on)

    assert await state(world, url) == (True, "已交接")


async def test_a_leaders_own_next_term_is_planned_ahead(world: World, engine: AsyncEngine, clock: FakeClock) -> None:
    url = await world.started(ends_on="2026-11-30")
    following = await world.started(succeeds_id=url[-36:], begins_on=BEGINS)

    third = await world.officer.put(f"{URL}/{new_id()}", json=world.asked())
    await sweep(engine, clock.move(days=DAYS))
    still_third = await world.officer.put(f"{URL}/{new_id()}", json=world.asked())

    assert {refusal(third), refusal(still_third)} == {(409, "contact_point.already_in_contact")}
    assert (await state(world, url), await state(world, following)) == ((True, "已交接"), (False, None))


async def waits(session: AsyncSession, url: str) -> bool:
    """Whether the successor of a contact point waits for its end."""
    statement = select(ContactPoint.is_next_term).where(ContactPoint.succeeds_id == UUID(url[-36:]))
    return (await session.exec(statement)).one()


async def test_a_retry_of_the_plan_changes_nothing(world: World, session: AsyncSession) -> None:
    url = await world.started(ends_on="2026-11-30")
    following, body = f"{URL}/{new_id()}", world.asked(succeeds_id=url[-36:], begins_on=BEGINS)

    answers = [await world.officer.put(following, json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert await waits(session, url)


async def test_a_plan_given_up_leaves_the_present_one_its_term(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.started()
    following = await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=BEGINS)
    await world.officer.put(f"{following}/end", json={"reason": "人选有变"}, headers=BASED_ON_1)

    await sweep(engine, clock.move(days=DAYS))
    goes_on = await state(world, url)
    await sweep(engine, clock.move(days=365))

    assert (goes_on, await state(world, url)) == ((False, None), (True, "任期届满"))


async def test_ended_early_it_lets_the_leaders_next_term_stand(world: World, session: AsyncSession) -> None:
    url = await world.started(ends_on="2026-11-30")
    await world.started(succeeds_id=url[-36:], begins_on=BEGINS)

    await world.officer.put(f"{url}/end", json={"reason": "提前"}, headers=BASED_ON_1)

    assert not await waits(session, url)


async def test_while_a_plan_is_being_changed_the_present_one_goes_on(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.started()
    following = await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=BEGINS)
    clock.move(days=DAYS)

    async with transaction(engine) as changing:
        held = select(ContactPoint).where(ContactPoint.id == UUID(following[-36:])).with_for_update()
        (await changing.exec(held)).one()
        await asyncio.wait_for(sweep(engine, clock()), timeout=10)
        meanwhile = await state(world, url)
    await sweep(engine, clock())

    assert (meanwhile, await state(world, url)) == ((False, None), (True, "已交接"))
