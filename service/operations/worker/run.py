"""The worker process: the relay, the delivery lanes and the jobs, side by side, until told to stop."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.foundation.common import SECRECY_MARKS
from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import Keys, load_keys
from service.foundation.db import create_engine
from service.foundation.log import logger
from service.foundation.settings import Settings
from service.operations.privacy.retention import policy_version
from service.operations.worker import delivery as lanes
from service.operations.worker import relay as follow
from service.operations.worker.jobs import Tools, jobs_app

RESTART_AFTER_S = 1.0


async def run(settings: Settings, stop: asyncio.Event, clock: Clock = system_clock) -> None:
    """Work until `stop` is set. Raises KeysUnusable, RetentionNotAllowed."""
    policy_version(settings)
    SECRECY_MARKS.refuse(settings.secrecy_marks)  # files are read here
    keys = load_keys(settings.keys_directory, settings.field_cipher)
    engine = create_engine(settings)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_kept_alive("relay", lambda: _follow(engine, settings, clock, stop), stop))
            group.create_task(_kept_alive("lanes", lambda: lanes.run(engine, settings, keys, clock, stop), stop))
            group.create_task(_kept_alive("jobs", lambda: _jobs(engine, settings, keys, clock, stop), stop))
    finally:
        await engine.dispose()


async def _follow(engine: AsyncEngine, settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    async with jobs_app(settings).open_async() as app:
        await follow.run(engine, app, settings, clock, stop)


async def _jobs(engine: AsyncEngine, settings: Settings, keys: Keys, clock: Clock, stop: asyncio.Event) -> None:
    async with jobs_app(settings).open_async() as app:
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=4,
                install_signal_handlers=False,
                shutdown_graceful_timeout=5,
                additional_context={"tools": Tools(engine, settings, keys, clock)},
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not working.done():
            working.cancel()
        await asyncio.gather(working, return_exceptions=stop.is_set())


async def _kept_alive(name: str, loop: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """The worker's one boundary: a loop that fails (a database that restarts, say) is told of and started again."""
    while not stop.is_set():
        try:
            await loop()
        except Exception as failure:
            logger.error("loop failed", loop=name, exc_info=failure)
            await asyncio.sleep(RESTART_AFTER_S)
