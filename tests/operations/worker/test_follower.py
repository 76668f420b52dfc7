"""The feed has every committed event once, in commit-safe order, whatever overlaps."""

import asyncio
import random
from datetime import UTC, datetime

import pytest
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.db import create_engine, transaction
from service.foundation.events.actors import SYSTEM
from service.foundation.events.queries import feed_lag
from service.foundation.events.record import record
from service.foundation.events.tables import Audience, Event, Feed, Relay
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.conftest import FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import relay_once

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def an_event(session: AsyncSession, person: Person | None = None) -> Person:
    person = person or await build.a_person(session)
    await record(session, EventName.PERSON_CREATED, person, actor=SYSTEM, occurred_at=NOW, persons=[person.id])
    return person


async def test_an_event_still_open_holds_up_those_that_came_later(
    engine: AsyncEngine, session: AsyncSession, run_relay: RunRelay
) -> None:
    await drain(run_relay, session)
    early = await an_event(session)
    async with transaction(engine) as overtaking:
        late = await an_event(overtaking)

    held_up = await run_relay()
    await session.commit()
    released = await drain(run_relay, session)

    assert (held_up, released) == (0, 2)
    statement = (
        select(Event.subject_id)
        .join(Feed, col(Feed.event_id) == col(Event.id))
        .order_by(col(Feed.position).desc())
        .limit(2)
    )
    assert list((await session.exec(statement)).all()) == [late.id, early.id]


async def test_what_was_rolled_back_is_never_told(session: AsyncSession, run_relay: RunRelay) -> None:
    await drain(run_relay, session)
    await an_event(session)
    await session.rollback()

    assert await drain(run_relay, session) == 0


async def test_an_old_transaction_held_open_ends_by_itself(
    engine: AsyncEngine, session: AsyncSession, settings: Settings, run_relay: RunRelay
) -> None:
    impatient = create_engine(settings, timeout_ms=300)
    await drain(run_relay, session)
    async with AsyncSession(impatient) as forgotten:
        await an_event(forgotten)
        async with transaction(engine) as later:
            await an_event(later)
        assert await run_relay() == 0

        await asyncio.sleep(0.5)

        assert await drain(run_relay, session) == 1
        await forgotten.invalidate()
    await impatient.dispose()


@pytest.mark.parametrize("seed", range(3))
async def test_overlapping_writers_lose_nothing_and_double_nothing(
    engine: AsyncEngine,
    jobs: App,
    settings: Settings,
    clock: FakeClock,
    session: AsyncSession,
    run_relay: RunRelay,
    seed: int,
) -> None:
    chance = random.Random(seed)
    written: list[Person] = []
    is_over = asyncio.Event()

    async def write() -> None:
        for _ in range(25):
            async with AsyncSession(engine, expire_on_commit=False) as own:
                people = [await an_event(own) for _ in range(chance.randint(1, 4))]
                await asyncio.sleep(chance.random() * 0.01)
                if chance.random() < 0.2:
                    await own.rollback()
                    continue
                await own.commit()
                written.extend(people)

    async def follow_all_the_time() -> None:
        followers = create_engine(settings)
        while not is_over.is_set():
            await asyncio.gather(*(relay_once(followers, jobs, settings, clock) for _ in range(2)))
        await followers.dispose()

    following = asyncio.create_task(follow_all_the_time())
    await asyncio.gather(*(write() for _ in range(5)))
    is_over.set()
    await following
    await drain(run_relay, session)

    heard = select(Audience.reader_id).where(col(Audience.reader_id).in_([person.id for person in written]))
    assert sorted((await session.exec(heard)).all()) == sorted(person.id for person in written)
    positions = list((await session.exec(select(Feed.position).order_by(col(Feed.position)))).all())
    assert positions == list(range(1, len(positions) + 1))


async def test_a_follower_killed_anywhere_resumes_without_a_gap(
    engine: AsyncEngine, jobs: App, settings: Settings, clock: FakeClock, session: AsyncSession, run_relay: RunRelay
) -> None:
    people = [await an_event(session) for _ in range(200)]
    await session.commit()
    small = settings.model_copy(update={"relay_batch": 20})
    chance = random.Random(7)

    for _ in range(30):
        doomed = asyncio.create_task(relay_once(engine, jobs, small, clock))
        await asyncio.sleep(chance.random() * 0.01)
        doomed.cancel()
        await asyncio.gather(doomed, return_exceptions=True)
    await drain(run_relay, session)

    for person in people:
        assert await build.count(session, Audience, reader_id=person.id) == 1
    assert (await session.exec(select(Relay.position))).one() == await build.count(session, Feed)


async def test_the_lag_tells_how_much_waits(session: AsyncSession, run_relay: RunRelay) -> None:
    await drain(run_relay, session)
    await an_event(session)
    await session.commit()

    waiting, lag_s = await feed_lag(session)
    await drain(run_relay, session)

    assert (waiting, lag_s >= 0) == (1, True)
    assert await feed_lag(session) == (0, 0)
