"""Webhook deliveries: a loop that leases due endpoints and starts a delivery run for each.

An unexpected failure of a delivery run ends here: it is logged, its lease expires, the other runs continue.
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
from service.outward.webhooks.delivery_runs import take_turn
from service.outward.webhooks.leases import Leased, LeaseLost, Tools, lease

AFTER_FAILURE_S = 1.0


async def run(
    engine: AsyncEngine, links: Links, settings: Settings, keys: Keys, clock: Clock, stop: asyncio.Event
) -> None:
    """Deliver until `stop` is set; then each run finishes its current call and releases its lease."""
    pool = AutocommitPool(settings)
    await pool.open()
    try:
        await deliver(Tools(engine, pool, keys, settings, links, clock), stop)
    finally:
        await pool.close()


async def deliver(tools: Tools, stop: asyncio.Event) -> None:
    """Start and await delivery runs until `stop` is set."""
    stopping = asyncio.create_task(stop.wait())
    runs: set[asyncio.Task[None]] = set()
    try:
        while not stop.is_set():
            pause_s = await _start_runs(tools, stop, runs)
            await asyncio.wait({stopping, *runs}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            runs -= {run for run in runs if run.done()}
        if runs:
            await asyncio.wait(runs)
    finally:
        for task in (stopping, *runs):
            task.cancel()
        await asyncio.gather(stopping, *runs, return_exceptions=True)


async def _start_runs(tools: Tools, stop: asyncio.Event, runs: set[asyncio.Task[None]]) -> float:
    """Start a run for each due endpoint while slots are free; return the seconds to wait."""
    free = tools.settings.delivery_runs_at_once - len(runs)
    if free:
        try:
            runs |= {asyncio.create_task(_deliver_endpoint(tools, leased, stop)) for leased in await lease(tools, free)}
        except psycopg.OperationalError as failure:
            logger.warning("deliveries cannot reach the database", failure=type(failure).__name__)
            return AFTER_FAILURE_S
    return tools.settings.delivery_poll_s


async def _deliver_endpoint(tools: Tools, leased: Leased, stop: asyncio.Event) -> None:
    try:
        await take_turn(tools, leased, stop)
    except LeaseLost:
        logger.warning("a delivery run lost its lease", endpoint_id=str(leased.endpoint_id))
    except Exception:
        logger.exception("a delivery run failed", endpoint_id=str(leased.endpoint_id))
