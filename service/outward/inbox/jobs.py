"""Rebuild the inbox from the data: every night, and by command after an upgrade or a repair.

Correct items stay unchanged and no event is repeated, so it may run at any time.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.foundation.manifest import InboxKind
from service.foundation.db import transaction
from service.foundation.log import logger
from service.foundation.manifest.handlers import JobTools
from service.foundation.manifest.inbox_rules import InboxRule
from service.outward.inbox import reconcile

BATCH_SIZE = 200
# the query reads whole tables in a read-only transaction, so it blocks nobody
LONG_TIMEOUT = sa.text("SET LOCAL statement_timeout = '5min'")


async def rebuild_inbox(
    engine: AsyncEngine, rules: Mapping[InboxKind, InboxRule], now: datetime
) -> dict[InboxKind, tuple[int, int]]:
    """Rebuild all kinds in short transactions. Returns kind → number of items opened and closed."""
    counts_by_kind = {}
    for kind, rule in rules.items():
        async with transaction(engine.execution_options(postgresql_readonly=True)) as session:
            await (await session.connection()).execute(LONG_TIMEOUT)
            wanted_subjects = await reconcile.wanted_subjects(session, rule, now)
            subjects = sorted({*wanted_subjects, *await reconcile.open_subjects(session, kind)})
        opened = closed = 0
        for start in range(0, len(subjects), BATCH_SIZE):
            async with transaction(engine) as session:
                await reconcile.lock_inbox(session)
                counts = await reconcile.reconcile_inbox(session, kind, rule, subjects[start : start + BATCH_SIZE], now)
            opened, closed = opened + counts[0], closed + counts[1]
        counts_by_kind[kind] = (opened, closed)
    logger.info("inbox rebuilt", **{kind.value: counts for kind, counts in counts_by_kind.items() if any(counts)})
    return counts_by_kind


async def rebuild_inbox_nightly(tools: JobTools) -> None:
    """Rebuild the inbox, for changes without an event, such as a new privacy notice."""
    await rebuild_inbox(tools.engine, tools.inbox_rules, tools.clock())
