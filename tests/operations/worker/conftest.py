"""Fixtures of the worker's tests: a relay that runs one batch per call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from procrastinate import App
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.queries import feed_lag
from service.foundation.settings import Settings
from tests.conftest import FakeClock
from tests.operations.worker.steps import jobs_app, relay_once

RunRelay = Callable[[], Awaitable[int]]


@pytest.fixture(scope="module")
async def jobs(settings: Settings) -> AsyncIterator[App]:
    async with jobs_app(settings).open_async() as app:
        yield app


@pytest.fixture
def run_relay(engine: AsyncEngine, jobs: App, settings: Settings, clock: FakeClock) -> RunRelay:
    return lambda: relay_once(engine, jobs, settings, clock)


async def drain(run_relay: RunRelay, session: AsyncSession, within_s: float = 10) -> int:
    """Relay until no event waits; return how many were relayed.

    An open transaction anywhere in the cluster (of autovacuum, for example) delays the feed, so an empty batch does
    not mean that all is relayed.
    """
    total = 0
    async with asyncio.timeout(within_s):
        while (await feed_lag(session))[0]:
            if relayed := await run_relay():
                total += relayed
            else:
                await asyncio.sleep(0.01)
    await session.commit()  # an idle transaction would be terminated on a busy machine
    return total
