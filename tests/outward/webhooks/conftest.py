"""A `WebhookBench` per test; afterwards its endpoints are disabled."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from service.domains import DOMAINS
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.settings import Settings
from service.outward.webhooks.leases import DeliveryTools
from tests.conftest import FakeClock
from tests.outward.webhooks.webhook_bench import WebhookBench


@pytest.fixture(scope="module")
async def pool(settings: Settings) -> AsyncIterator[AutocommitPool]:
    pool = AutocommitPool(settings)
    await pool.open()
    yield pool
    await pool.close()


@pytest.fixture(scope="module")
def tools(engine: AsyncEngine, pool: AutocommitPool, keys: Keys, settings: Settings, clock: FakeClock) -> DeliveryTools:
    return DeliveryTools(engine, pool, keys, settings, DOMAINS.links(settings.public_url), clock, jitter=lambda: 0.0)


@pytest.fixture
async def bench(tools: DeliveryTools, clock: FakeClock) -> AsyncIterator[WebhookBench]:
    yield WebhookBench(tools, clock)
    async with tools.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE endpoint SET state = 'disabled'"))
