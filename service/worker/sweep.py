"""The sweep of clocks: what is due is done, in the transaction that removes the clock."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from service.core.db import transaction
from service.worker.registry import CLOCKS

DUE = sa.text(
    "DELETE FROM clock WHERE (subject_id, kind) IN ("
    " SELECT subject_id, kind FROM clock WHERE due_at <= :now AND kind = ANY(:kinds)"
    " ORDER BY due_at LIMIT :at_most FOR UPDATE SKIP LOCKED) RETURNING subject_id, kind"
)
AT_MOST = 500


async def sweep_once(engine: AsyncEngine, now: datetime) -> int:
    """Do what is due at `now`, at most 500 clocks; how many there were."""
    async with transaction(engine) as session:
        rows = await (await session.connection()).execute(DUE, {"now": now, "kinds": list(CLOCKS), "at_most": AT_MOST})
        due: defaultdict[str, list[UUID]] = defaultdict(list)
        for row in rows:
            due[row.kind].append(row.subject_id)
        for kind, subject_ids in due.items():
            await CLOCKS[kind](session, subject_ids, now)
    return sum(map(len, due.values()))


async def sweep(engine: AsyncEngine, now: datetime) -> int:
    """Do everything that is due at `now`, batch by batch."""
    done = 0
    while swept := await sweep_once(engine, now):
        done += swept
    return done
