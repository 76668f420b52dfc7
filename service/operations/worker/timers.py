"""The sweep of timers: what is due is done, in the transaction that removes the clock.

A clock is locked first and removed only when its handler says it is settled. A handler skips a subject that somebody is
changing at that instant: that change may stop the clock, and waiting for it here could deadlock with it.
"""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from service.foundation.db import transaction
from service.foundation.events.tables import Timer
from service.operations.worker.registry import TIMERS

DUE = sa.text(
    "SELECT subject_id, kind, due_at FROM timer WHERE due_at <= :now AND kind = ANY(:kinds)"
    " ORDER BY due_at LIMIT :at_most FOR UPDATE SKIP LOCKED"
)
AT_MOST = 500


async def sweep_once(engine: AsyncEngine, now: datetime) -> int:
    """Do what is due at `now`, at most 500 timers; how many were settled."""
    async with transaction(engine) as session:
        rows = await (await session.connection()).execute(DUE, {"now": now, "kinds": list(TIMERS), "at_most": AT_MOST})
        due: defaultdict[str, dict[UUID, datetime]] = defaultdict(dict)
        for row in rows:
            due[row.kind][row.subject_id] = row.due_at
        settled = 0
        for kind, subjects in due.items():
            done = await TIMERS[kind](session, subjects, now)
            statement = sa.delete(Timer).where(col(Timer.kind) == kind, col(Timer.subject_id).in_(done))
            await (await session.connection()).execute(statement)
            settled += len(done)
    return settled


async def sweep(engine: AsyncEngine, now: datetime) -> int:
    """Do everything that is due at `now`, batch by batch."""
    done = 0
    while swept := await sweep_once(engine, now):
        done += swept
    return done
