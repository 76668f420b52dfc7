"""The sweep of timers: what is due is done, in the transaction that removes the timer.

A timer is locked first and removed only when its handler says it is settled. A handler skips a subject that somebody is
changing at that instant: that change may stop the timer, and waiting for it here could deadlock with it.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col

from service.foundation.db import transaction
from service.foundation.events.tables import Timer
from service.foundation.manifest.handlers import LeaveProof, TimerHandler

DUE = sa.text(
    "SELECT subject_id, kind, due_at FROM timer WHERE due_at <= :now AND kind = ANY(:kinds)"
    " ORDER BY due_at LIMIT :at_most FOR UPDATE SKIP LOCKED"
)
AT_MOST = 500
Handlers = Mapping[str, TimerHandler]


async def sweep_once(engine: AsyncEngine, handlers: Handlers, leave_proof: LeaveProof, now: datetime) -> int:
    """Do what is due at `now`, at most 500 timers; how many were settled."""
    async with transaction(engine) as session:
        rows = await (await session.connection()).execute(
            DUE, {"now": now, "kinds": list(handlers), "at_most": AT_MOST}
        )
        due: defaultdict[str, dict[UUID, datetime]] = defaultdict(dict)
        for row in rows:
            due[row.kind][row.subject_id] = row.due_at
        settled = 0
        for kind, subjects in due.items():
            done = await handlers[kind].run(session, subjects, now)
            if retention := handlers[kind].retention:
                await leave_proof(session, retention, done)
                done = subjects.keys()
            statement = sa.delete(Timer).where(col(Timer.kind) == kind, col(Timer.subject_id).in_(done))
            await (await session.connection()).execute(statement)
            settled += len(done)
    return settled


async def sweep(engine: AsyncEngine, handlers: Handlers, leave_proof: LeaveProof, now: datetime) -> int:
    """Do everything that is due at `now`, batch by batch."""
    done = 0
    while swept := await sweep_once(engine, handlers, leave_proof, now):
        done += swept
    return done
