"""Opening the next epoch of the feed, after a restore or a failover.

A restored database has lost its tail, and its transaction ids start anew. So the new epoch begins behind the
last position that was saved: a reader whose cursor lies beyond steps back to that point (repeats by id, never
holes). The last stretch that was saved without positions gets its own only now, after that point: the lost database
may have given them otherwise, to events of which this one knows nothing. New events are ordered among themselves.
"""

import procrastinate
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock
from service.foundation.db import transaction
from service.foundation.settings import Settings
from service.operations.worker.relay import relay_once

OTHERS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :service_role")
# kept when run again after a crash: by then the relay has moved
BEGIN = sa.text(
    "INSERT INTO epoch (number, first_position, reason, opened_at)"
    " SELECT epoch + 1, position + 1, :reason, :now FROM relay ON CONFLICT (number) DO NOTHING"
)
OPEN = sa.text(
    "UPDATE relay SET epoch = epoch + 1, transaction_id = '0',"
    " event_id = '00000000-0000-0000-0000-000000000000' RETURNING epoch"
)


class ServiceStillRunning(RuntimeError):
    """Somebody may still be writing on the old epoch."""


async def open_next(owner: AsyncEngine, jobs: procrastinate.App, settings: Settings, clock: Clock, reason: str) -> int:
    """Close the present epoch and open the next; its number. Needs the owner's role and a service at rest.

    Raises ServiceStillRunning.
    """
    async with transaction(owner) as session:
        connection = await session.connection()
        if await connection.scalar(OTHERS, {"service_role": settings.service_role}):
            raise ServiceStillRunning("stop the API and the workers first")
        await connection.execute(BEGIN, {"reason": reason, "now": clock()})
    while await relay_once(owner, jobs, settings, clock, is_closed=True):
        pass
    return await _open(owner)


async def _open(owner: AsyncEngine) -> int:
    async with transaction(owner) as session:
        connection = await session.connection()
        number = int(await connection.scalar(OPEN) or 0)
        for table in ("event", "access_log"):
            await connection.execute(sa.text(f"ALTER TABLE {table} ALTER COLUMN epoch SET DEFAULT {number:d}"))
    return number
