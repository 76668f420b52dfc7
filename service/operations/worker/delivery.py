"""Delivery lanes: a loop that leases due endpoints and gives each its turn, many at once.

The one boundary where a turn's unforeseen failure ends: it is logged, its lease runs out, and the other lanes
never notice.
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
    """Deliver until `stop` is set; then turns end after the call they are in, and release their leases."""
    pool = AutocommitPool(settings)
    await pool.open()
    try:
        await deliver(Tools(engine, pool, keys, settings, links, clock), stop)
    finally:
        await pool.close()


async def deliver(tools: Tools, stop: asyncio.Event) -> None:
    """The loop itself."""
    stopping = asyncio.create_task(stop.wait())
    turns: set[asyncio.Task[None]] = set()
    try:
        while not stop.is_set():
            pause_s = await _begin_turns(tools, stop, turns)
            await asyncio.wait({stopping, *turns}, timeout=pause_s, return_when=asyncio.FIRST_COMPLETED)
            turns -= {turn for turn in turns if turn.done()}
        if turns:
            await asyncio.wait(turns)
    finally:
        for task in (stopping, *turns):
            task.cancel()
        await asyncio.gather(stopping, *turns, return_exceptions=True)


async def _begin_turns(tools: Tools, stop: asyncio.Event, turns: set[asyncio.Task[None]]) -> float:
    """Start a turn for each endpoint that is due, as far as lanes are free; returns how long to sleep, in seconds."""
    free = tools.settings.delivery_runs_at_once - len(turns)
    if free:
        try:
            turns |= {asyncio.create_task(_turn(tools, one, stop)) for one in await lease(tools, free)}
        except psycopg.OperationalError as failure:
            logger.warning("lanes cannot reach the database", failure=type(failure).__name__)
            return AFTER_FAILURE_S
    return tools.settings.delivery_poll_s


async def _turn(tools: Tools, leased: Leased, stop: asyncio.Event) -> None:
    try:
        await take_turn(tools, leased, stop)
    except LeaseLost:
        logger.warning("a lane lost its lease", endpoint_id=str(leased.endpoint_id))
    except Exception:
        logger.exception("a lane's turn failed", endpoint_id=str(leased.endpoint_id))
