"""A relay that is stepped by hand."""

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
    """RunRelay until nothing waits; how many there were.

    An open transaction anywhere in the cluster (an autovacuum's, say) holds the feed up for its moment, so an
    empty batch is not yet the end.
    """
    total = 0
    async with asyncio.timeout(within_s):
        while (await feed_lag(session))[0]:
            if followed := await run_relay():
                total += followed
            else:
                await asyncio.sleep(0.01)
    await session.commit()  # what looked is not left open: on a busy machine it would be ended for being idle
    return total
