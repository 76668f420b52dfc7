"""The timer sweep: run the handlers of due timers and remove the timers in the same transaction.

The sweep locks a timer first and removes it only when the handler returns its subject as done. A handler skips a
subject that another transaction has locked: that change may stop the timer, and waiting for it could deadlock.
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
    """Handle at most 500 timers that are due at `now`; return how many were removed."""
    async with transaction(engine) as session:
        rows = await (await session.connection()).execute(
            DUE, {"now": now, "kinds": list(handlers), "at_most": AT_MOST}
        )
        due: defaultdict[str, dict[UUID, datetime]] = defaultdict(dict)
        for row in rows:
            due[row.kind][row.subject_id] = row.due_at
        removed = 0
        for kind, subjects in due.items():
            subject_ids = await handlers[kind].run(session, subjects, now)
            if retention := handlers[kind].retention:
                await leave_proof(session, retention, subject_ids)
                subject_ids = subjects.keys()
            statement = sa.delete(Timer).where(col(Timer.kind) == kind, col(Timer.subject_id).in_(subject_ids))
            await (await session.connection()).execute(statement)
            removed += len(subject_ids)
    return removed


async def sweep(engine: AsyncEngine, handlers: Handlers, leave_proof: LeaveProof, now: datetime) -> int:
    """Handle all timers that are due at `now`, batch by batch; return how many were removed."""
    total = 0
    while removed := await sweep_once(engine, handlers, leave_proof, now):
        total += removed
    return total
