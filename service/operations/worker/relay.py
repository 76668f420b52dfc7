"""The outbox relay: give each committed event its position in the feed and start its handlers.

It reads events in the order (transaction id, id), below the visibility horizon: the oldest transaction that is still
open (`pg_snapshot_xmin`). A sequence number would not do: it is assigned before its transaction commits, so "greater
than the last position" would skip rows. Feed, audience, cursor and handlers share one transaction (DESIGN §5.1,
§5.4). One relay runs at a time: the row of the cursor is its lock.
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
RELAY_BATCH = """
WITH batch AS MATERIALIZED (
    SELECT transaction_id, id, name, subject_id, payload, organisation_ids, person_ids,
        :position + row_number() OVER (ORDER BY transaction_id, id) AS position
    FROM event
    WHERE epoch = :epoch AND (transaction_id, id) > (CAST(:transaction_id AS xid8), CAST(:event_id AS uuid))
        {horizon}
    ORDER BY transaction_id, id LIMIT :at_most
), positioned AS (
    INSERT INTO feed (position, event_id) SELECT position, id FROM batch
), addressed AS (
    INSERT INTO audience (reader_id, position)
    SELECT DISTINCT reader_id, position FROM batch, unnest(organisation_ids || person_ids) AS reader_id
), moved AS (
    UPDATE relay SET transaction_id = last.transaction_id, event_id = last.id, position = last.position
    FROM (SELECT * FROM batch ORDER BY position DESC LIMIT 1) AS last
)
SELECT position, id, name, subject_id, payload FROM batch ORDER BY position
"""
BELOW_HORIZON = sa.text(RELAY_BATCH.format(horizon=HORIZON))
ALL_OF_A_CLOSED_EPOCH = sa.text(RELAY_BATCH.format(horizon=""))


async def relay_once(
    engine: AsyncEngine,
    jobs: procrastinate.App,
    domains: Domains,
    settings: Settings,
    clock: Clock,
    *,
    is_closed: bool = False,
) -> int:
    """Relay one batch; return the number of events: 0 without new ones or while another relay runs.

    `is_closed` ignores the visibility horizon: nothing writes to this epoch any more (`grassroots restore`).
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
    for batch_handler in domains.batch_handlers:
        await batch_handler.run(batch)
    for name, events in by_name.items():
        for handler in domains.handlers.get(EventName(name), ()) if name in NAMES else ():
            if isinstance(handler, InTransaction):
                await handler.run(replace(batch, events=events))
            else:
                await _defer(batch.session, jobs, handler, events)


async def _defer(session: AsyncSession, jobs: procrastinate.App, job: Job, events: list[RelayedEvent]) -> None:
    raw = await (await session.connection()).get_raw_connection()
    connection = raw.driver_connection
    assert isinstance(connection, AsyncConnection)  # noqa: S101 - psycopg is the only driver
    deferrer = jobs.configure_task(job.task, connection=connection, allow_unknown=False)
    await deferrer.batch_defer_async(
        *(
            {"event_id": str(event.id), "subject_id": str(event.subject_id), "payload": event.payload}
            for event in events
        )
    )


async def run(
    engine: AsyncEngine,
    jobs: procrastinate.App,
    domains: Domains,
    settings: Settings,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Relay until `stop` is set; after a full batch the next one starts without a pause."""
    while not stop.is_set():
        relayed = await relay_once(engine, jobs, domains, settings, clock)
        if relayed < settings.relay_batch:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), settings.relay_poll_s)
