"""The steps of the worker with all domains, as `grassroots worker` runs them."""

from datetime import datetime

import procrastinate
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.foundation.manifest import InboxKind
from service.domains import DOMAINS
from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.settings import Settings
from service.foundation.settings import settings as read_settings
from service.operations.privacy.retention import RetentionPolicy
from service.operations.worker import jobs, purging, relay, timers
from service.outward.inbox import jobs as inbox


def jobs_app(settings: Settings) -> procrastinate.App:
    return jobs.jobs_app(settings, DOMAINS)


def tools_of(engine: AsyncEngine, settings: Settings, keys: Keys, clock: Clock) -> jobs.Tools:
    return jobs.Tools(engine, settings, keys, clock, DOMAINS)


async def relay_once(engine: AsyncEngine, app: procrastinate.App, settings: Settings, clock: Clock) -> int:
    return await relay.relay_once(engine, app, DOMAINS, settings, clock)


async def sweep(engine: AsyncEngine, now: datetime) -> int:
    """Run the timer sweep; it needs no keys."""
    tools = jobs.Tools(engine, read_settings(), None, lambda: now, DOMAINS)  # type: ignore[arg-type]  # see above
    return await timers.sweep(engine, DOMAINS.timers, tools.leave_proof, now)


async def rebuild_inbox(engine: AsyncEngine, now: datetime) -> dict[InboxKind, tuple[int, int]]:
    return await inbox.rebuild_inbox(engine, DOMAINS.inbox_rules, now)


async def purge_all(engine: AsyncEngine, settings: Settings, now: datetime) -> dict[str, int]:
    return await purging.purge_all(engine, RetentionPolicy(DOMAINS.retention, settings), now)
