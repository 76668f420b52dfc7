"""Opening the next timeline of the feed, after a restore or a failover.

A restored database has lost its tail, and its transaction ids start anew. So the last stretch that was saved gets
its positions, and a new timeline begins behind it: a reader whose cursor lies beyond steps back to that point
(repeats by id, never holes), and new events are ordered among themselves.
"""

from datetime import datetime

import procrastinate
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from service.core.clock import Clock
from service.core.db import transaction
from service.core.settings import Settings
from service.worker.follow import follow_once

OTHERS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = :service_role")
OPEN = sa.text(
    "WITH opened AS (INSERT INTO timeline (number, first_position, reason, opened_at)"
    " SELECT timeline + 1, position + 1, :reason, :now FROM follower RETURNING number)"
    " UPDATE follower SET timeline = opened.number, transaction_id = '0',"
    " event_id = '00000000-0000-0000-0000-000000000000' FROM opened RETURNING opened.number"
)


class ServiceStillRunning(RuntimeError):
    """Somebody may still be writing on the old timeline."""


async def open_next(owner: AsyncEngine, jobs: procrastinate.App, settings: Settings, clock: Clock, reason: str) -> int:
    """Close the present timeline and open the next; its number. Needs the owner's role and a service at rest.

    Raises ServiceStillRunning.
    """
    async with transaction(owner) as session:
        connection = await session.connection()
        if await connection.scalar(OTHERS, {"service_role": settings.service_role}):
            raise ServiceStillRunning("stop the API and the workers first")
    while await follow_once(owner, jobs, settings, clock, is_closed=True):
        pass
    return await _open(owner, clock(), reason)


async def _open(owner: AsyncEngine, now: datetime, reason: str) -> int:
    async with transaction(owner) as session:
        connection = await session.connection()
        number = int(await connection.scalar(OPEN, {"reason": reason, "now": now}) or 0)
        for table in ("event", "access_log"):
            await connection.execute(sa.text(f"ALTER TABLE {table} ALTER COLUMN timeline SET DEFAULT {number:d}"))
    return number
