"""The relay: gives each committed event its place in the feed and starts its handlers.

It reads by (transaction id, id) below the oldest transaction still open, so that none is overtaken: a sequence
number is handed out before its transaction commits, and "greater than the last seen" would lose rows. Feed,
audience, cursor and handlers are one transaction (DESIGN §5.1, §5.4). One relay at a time: the cursor's
row is its lock.
"""

import asyncio
from collections import defaultdict
from contextlib import suppress
from dataclasses import replace

import procrastinate
import sqlalchemy as sa
from psycopg import AsyncConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.clock import Clock
from service.foundation.db import transaction
from service.foundation.manifest.handlers import InTransaction, Job, RelayBatch, RelayedEvent
from service.foundation.manifest.manifest import Domains
from service.foundation.settings import Settings

NAMES = frozenset(EventName)
CURSOR = sa.text(
    "SELECT epoch, transaction_id::text, event_id, position FROM relay WHERE id = 1 FOR UPDATE SKIP LOCKED"
)
HORIZON = "AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())"
FOLLOW = """
WITH batch AS MATERIALIZED (
    SELECT transaction_id, id, name, subject_id, payload, organisation_ids, person_ids,
        :position + row_number() OVER (ORDER BY transaction_id, id) AS position
    FROM event
    WHERE epoch = :epoch AND (transaction_id, id) > (CAST(:transaction_id AS xid8), CAST(:event_id AS uuid))
        {horizon}
    ORDER BY transaction_id, id LIMIT :at_most
), fed AS (
    INSERT INTO feed (position, event_id) SELECT position, id FROM batch
), heard AS (
    INSERT INTO audience (reader_id, position)
    SELECT DISTINCT reader_id, position FROM batch, unnest(organisation_ids || person_ids) AS reader_id
), moved AS (
    UPDATE relay SET transaction_id = last.transaction_id, event_id = last.id, position = last.position
    FROM (SELECT * FROM batch ORDER BY position DESC LIMIT 1) AS last
)
SELECT position, id, name, subject_id, payload FROM batch ORDER BY position
"""
BELOW_HORIZON = sa.text(FOLLOW.format(horizon=HORIZON))
ALL_OF_A_CLOSED_EPOCH = sa.text(FOLLOW.format(horizon=""))


async def relay_once(
    engine: AsyncEngine,
    jobs: procrastinate.App,
    domains: Domains,
    settings: Settings,
    clock: Clock,
    *,
    is_closed: bool = False,
) -> int:
    """One batch: how many events got their position; 0 when there was nothing or another relay is at it.

    `is_closed` is for the last stretch of a epoch that nobody writes any more (`grassroots restore`).
    """
    async with transaction(engine) as session:
        cursor = (await (await session.connection()).execute(CURSOR)).one_or_none()
        if cursor is None:
            return 0
        statement = ALL_OF_A_CLOSED_EPOCH if is_closed else BELOW_HORIZON
        rows = await (await session.connection()).execute(
            statement, {**cursor._mapping, "at_most": settings.relay_batch}
        )
        events = [RelayedEvent(row.position, row.id, row.name, row.subject_id, row.payload) for row in rows]
        if events:
            await _handle(RelayBatch(session, clock(), settings, domains.inbox_rules, events), domains, jobs)
    return len(events)


async def _handle(batch: RelayBatch, domains: Domains, jobs: procrastinate.App) -> None:
    by_name: defaultdict[str, list[RelayedEvent]] = defaultdict(list)
    for event in batch.events:
        by_name[event.name].append(event)
    for always in domains.batch_handlers:
        await always.run(batch)
    for name, events in by_name.items():
        for handler in domains.handlers.get(EventName(name), ()) if name in NAMES else ():
            if isinstance(handler, InTransaction):
                await handler.run(replace(batch, events=events))
            else:
                await _defer(batch.session, jobs, handler, events)


async def _defer(session: AsyncSession, jobs: procrastinate.App, job: Job, events: list[RelayedEvent]) -> None:
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, AsyncConnection)  # noqa: S101 - the one driver there is
    deferrer = jobs.configure_task(job.task, connection=connection, allow_unknown=False)
    await deferrer.batch_defer_async(
        *({"event_id": str(one.id), "subject_id": str(one.subject_id), "payload": one.payload} for one in events)
    )


async def run(
    engine: AsyncEngine,
    jobs: procrastinate.App,
    domains: Domains,
    settings: Settings,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """RunRelay until told to stop; a full batch is followed by the next at once."""
    while not stop.is_set():
        followed = await relay_once(engine, jobs, domains, settings, clock)
        if followed < settings.relay_batch:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), settings.relay_poll_s)
