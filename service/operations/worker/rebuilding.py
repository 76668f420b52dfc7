"""The inbox made anew from the state of things: nightly, and by hand after an upgrade or a repair.

What is right stays as it is and is told to nobody again; so it may run at any time, and again.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.outward.inbox import InboxKind
from service.foundation.db import transaction
from service.foundation.log import logger
from service.operations.worker.registry.inbox import RULES
from service.outward.inbox import reconcile as settle

AT_ONCE = 200
# it reads whole tables and writes nothing, so it holds nobody up
PATIENTLY = sa.text("SET LOCAL statement_timeout = '5min'")


async def rebuild_inbox(engine: AsyncEngine, now: datetime) -> dict[InboxKind, tuple[int, int]]:
    """kind → how many items had to be opened and closed; in short transactions."""
    done = {}
    for kind, rule in RULES.items():
        async with transaction(engine.execution_options(postgresql_readonly=True)) as session:
            await (await session.connection()).execute(PATIENTLY)
            waiting = await settle.waiting_subjects(session, rule, now)
            subjects = sorted({*waiting, *await settle.open_subjects(session, kind)})
        opened = closed = 0
        for start in range(0, len(subjects), AT_ONCE):
            async with transaction(engine) as session:
                await settle.one_at_a_time(session)
                some = await settle.settle(session, kind, rule, subjects[start : start + AT_ONCE], now)
            opened, closed = opened + some[0], closed + some[1]
        done[kind] = (opened, closed)
    logger.info("inbox rebuilt", **{kind.value: counts for kind, counts in done.items() if any(counts)})
    return done
