"""Rebuild the inbox from the state of things: nightly, and by hand after an upgrade or a repair.

What is right stays as it is and is told to nobody again; so it may run at any time, and again.
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

AT_ONCE = 200
# it reads whole tables and writes nothing, so it holds nobody up
PATIENTLY = sa.text("SET LOCAL statement_timeout = '5min'")


async def rebuild_inbox(
    engine: AsyncEngine, rules: Mapping[InboxKind, InboxRule], now: datetime
) -> dict[InboxKind, tuple[int, int]]:
    """kind → how many items had to be opened and closed; in short transactions."""
    done = {}
    for kind, rule in rules.items():
        async with transaction(engine.execution_options(postgresql_readonly=True)) as session:
            await (await session.connection()).execute(PATIENTLY)
            waiting = await reconcile.wanted_subjects(session, rule, now)
            subjects = sorted({*waiting, *await reconcile.open_subjects(session, kind)})
        opened = closed = 0
        for start in range(0, len(subjects), AT_ONCE):
            async with transaction(engine) as session:
                await reconcile.lock_inbox(session)
                some = await reconcile.reconcile_inbox(session, kind, rule, subjects[start : start + AT_ONCE], now)
            opened, closed = opened + some[0], closed + some[1]
        done[kind] = (opened, closed)
    logger.info("inbox rebuilt", **{kind.value: counts for kind, counts in done.items() if any(counts)})
    return done


async def rebuild(tools: JobTools) -> None:
    """What changed without an event (a new notice, say) reaches the inbox."""
    await rebuild_inbox(tools.engine, tools.inbox_rules, tools.clock())
