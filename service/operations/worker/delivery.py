"""The delivery loop of webhooks: lease due endpoints and start a delivery run for each, several at once.

An unexpected error of one run ends here: it is logged, the lease expires and the other runs continue.
"""

import asyncio

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.links import Links
from service.foundation.log import logger
from service.foundation.settings import Settings
from service.outward.webhooks.delivery_runs import run_deliveries
from service.outward.webhooks.leases import DeliveryTools, LeasedEndpoint, LeaseLost, lease_endpoints

PAUSE_AFTER_ERROR_S = 1.0


async def run(
    engine: AsyncEngine, links: Links, settings: Settings, keys: Keys, clock: Clock, stop: asyncio.Event
) -> None:
    """Deliver until `stop` is set. Then each run ends after its current call and releases its lease."""
    pool = AutocommitPool(settings)
    await pool.open()
    try:
        await deliver(DeliveryTools(engine, pool, keys, settings, links, clock), stop)
    finally:
        await pool.close()


async def deliver(tools: DeliveryTools, stop: asyncio.Event) -> None:
    """Run the loop until `stop` is set, with the tools of the caller."""
    stopping = asyncio.create_task(stop.wait())
    runs: set[asyncio.Task[None]] = set()
    try:
        while not stop.is_set():
            pause_s = await _start_runs(tools, stop, runs)
            await asyncio.wait({stopping, *runs}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            runs -= {task for task in runs if task.done()}
        if runs:
            await asyncio.wait(runs)
    finally:
        for task in (stopping, *runs):
            task.cancel()
        await asyncio.gather(stopping, *runs, return_exceptions=True)


async def _start_runs(tools: DeliveryTools, stop: asyncio.Event, runs: set[asyncio.Task[None]]) -> float:
    """Start a run for each due endpoint while slots are free. Returns the seconds to wait before the next check."""
    free = tools.settings.delivery_runs_at_once - len(runs)
    if free:
        try:
            runs |= {
                asyncio.create_task(_run_one(tools, leased, stop)) for leased in await lease_endpoints(tools, free)
            }
        except psycopg.OperationalError as error:
            logger.warning("deliveries cannot reach the database", error=type(error).__name__)
            return PAUSE_AFTER_ERROR_S
    return tools.settings.delivery_poll_s


async def _run_one(tools: DeliveryTools, leased: LeasedEndpoint, stop: asyncio.Event) -> None:
    try:
        await run_deliveries(tools, leased, stop)
    except LeaseLost:
        logger.warning("a delivery run lost its lease", endpoint_id=str(leased.endpoint_id))
    except Exception:
        logger.exception("a delivery run failed", endpoint_id=str(leased.endpoint_id))
