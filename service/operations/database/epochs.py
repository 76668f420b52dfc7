"""Open the next epoch of the feed, after a restore or a failover.

A restored database has lost its newest transactions, and its transaction ids start again. So the new epoch begins
after the last saved position. A reader whose cursor is beyond that point goes back to it: it may see events twice
(same id) and misses none. Saved events that had no position yet get one now, after that point: the lost database may
have given those positions to other events. New events are ordered among themselves.
"""

import procrastinate
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock
from service.foundation.db import transaction
from service.foundation.manifest.manifest import Domains
from service.foundation.settings import Settings
from service.operations.worker.relay import relay_once

SERVICE_CONNECTIONS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :service_role"
)
# A second run after a crash must not change the row: the relay has moved by then.
BEGIN = sa.text(
    "INSERT INTO epoch (number, first_position, reason, opened_at)"
    " SELECT epoch + 1, position + 1, :reason, :now FROM relay ON CONFLICT (number) DO NOTHING"
)
OPEN = sa.text(
    "UPDATE relay SET epoch = epoch + 1, transaction_id = '0',"
    " event_id = '00000000-0000-0000-0000-000000000000' RETURNING epoch"
)


class ServiceStillRunning(RuntimeError):
    """The API or a worker is still connected and may write events of the old epoch."""


async def open_next_epoch(
    owner: AsyncEngine, jobs: procrastinate.App, domains: Domains, settings: Settings, clock: Clock, reason: str
) -> int:
    """Close the current epoch, open the next one and return its number.

    Needs the owner's role; the API and the workers must be stopped.

    Raises ServiceStillRunning.
    """
    async with transaction(owner) as session:
        connection = await session.connection()
        if await connection.scalar(SERVICE_CONNECTIONS, {"service_role": settings.service_role}):
            raise ServiceStillRunning("stop the API and the workers first")
        await connection.execute(BEGIN, {"reason": reason, "now": clock()})
    while await relay_once(owner, jobs, domains, settings, clock, is_closed=True):
        pass
    return await _open_epoch(owner)


async def _open_epoch(owner: AsyncEngine) -> int:
    async with transaction(owner) as session:
        connection = await session.connection()
        number = int(await connection.scalar(OPEN) or 0)
        for table in ("event", "access_log"):
            await connection.execute(sa.text(f"ALTER TABLE {table} ALTER COLUMN epoch SET DEFAULT {number:d}"))
    return number
