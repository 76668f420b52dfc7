"""Reconciling is idempotent: after a replay, with two relays and with a rebuild."""

import asyncio

import sqlalchemy as sa
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.domains import DOMAINS
from service.foundation.db import create_engine, transaction
from service.foundation.events.tables import Event, Feed
from service.foundation.manifest.handlers import RelayBatch, RelayedEvent
from service.foundation.settings import Settings
from service.outward.inbox.reconcile import reconcile_batch
from service.outward.inbox.tables import InboxItem
from tests import build
from tests.conftest import FakeClock
from tests.operations.worker.conftest import RunRelay, drain
from tests.operations.worker.steps import rebuild_inbox, relay_once
from tests.outward.inbox.conftest import inbox, open_items
from tests.solving.problems.conftest import World, move_problem, raise_and_answer, raise_problem, world

__all__ = ["world"]


async def count_opened(session: AsyncSession) -> int:
    return await build.count(session, Event, name="inbox_item.opened")


async def reconcile_whole_feed(engine: AsyncEngine, settings: Settings, clock: FakeClock) -> None:
    """Reconcile all events of the feed again, as after a restore."""
    async with transaction(engine) as session:
        statement = select(Event, Feed.position).join(Feed, col(Feed.event_id) == col(Event.id))
        rows = (await session.exec(statement.order_by(col(Feed.position)))).all()
        events = [
            RelayedEvent(position, event.id, event.name, event.subject_id, event.payload) for event, position in rows
        ]
        await reconcile_batch(RelayBatch(session, clock(), settings, DOMAINS.inbox_rules, events))


async def test_reconcile_of_a_replayed_feed_records_nothing_again(
    world: World, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, settings: Settings, clock: FakeClock
) -> None:
    url, _ = await raise_problem(world)
    await raise_and_answer(world)
    await drain(run_relay, session)
    await move_problem(world.handler, url, "acceptance")
    await drain(run_relay, session)
    before = (await count_opened(session), await inbox(world.handler))

    await reconcile_whole_feed(engine, settings, clock)
    await drain(run_relay, session)

    assert (await count_opened(session), await inbox(world.handler)) == before


async def test_concurrent_relays_and_rebuild_open_each_item_once(
    world: World, jobs: App, session: AsyncSession, engine: AsyncEngine, settings: Settings, clock: FakeClock
) -> None:
    small, engines = settings.model_copy(update={"relay_batch": 3}), [create_engine(settings) for _ in range(3)]
    urls = [(await raise_problem(world))[0] for _ in range(8)]

    async def run_relay(own: AsyncEngine) -> None:
        for _ in range(20):
            await relay_once(own, jobs, small, clock)

    await asyncio.gather(*(run_relay(own) for own in engines[:2]), rebuild_inbox(engines[2], clock()))
    await drain(lambda: relay_once(engine, jobs, settings, clock), session)

    about_ids = [item["about_id"] for item in await inbox(world.handler)]
    assert sorted(about_ids) == sorted(url[-36:] for url in urls)
    opened = select(Event.payload).where(Event.name == "inbox_item.opened")
    event_about_ids = [payload["about_id"] for payload in (await session.exec(opened)).all()]
    assert [event_about_ids.count(url[-36:]) for url in urls] == [1] * 8
    await asyncio.gather(*(own.dispose() for own in engines))


async def test_rebuild_keeps_correct_items_unchanged(
    world: World, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    await raise_problem(world)
    await drain(run_relay, session)
    before = (await count_opened(session), await inbox(world.handler))

    counts = await rebuild_inbox(engine, clock())

    assert set(counts.values()) == {(0, 0)}
    assert (await count_opened(session), await inbox(world.handler)) == before


async def test_rebuild_restores_lost_items_and_closes_wrong_ones(
    world: World, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    await raise_problem(world)
    url, _ = await raise_problem(world)
    await drain(run_relay, session)
    before = await open_items(session)
    await (await session.connection()).execute(sa.delete(InboxItem))
    wrong = InboxItem(
        id=world.cadre.id,
        kind="promise_to_keep",
        person_id=world.cadre.id,
        subject_id=world.cadre.id,
        about_id=world.cadre.id,
        opened_at=clock(),
    )
    session.add(wrong)
    await session.commit()

    await rebuild_inbox(engine, clock())

    assert len(before) >= 2
    assert await open_items(session) == before
    assert url[-36:] in {item["about_id"] for item in await inbox(world.handler)}
