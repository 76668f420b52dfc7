"""The worker process: relay, webhook deliveries and jobs run side by side until `stop` is set."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.foundation.common import SECRECY_MARKS
from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import load_keys
from service.foundation.db import create_engine
from service.foundation.log import logger
from service.foundation.manifest.manifest import Domains
from service.foundation.settings import Settings
from service.operations.privacy.retention import RetentionPolicy
from service.operations.worker import delivery, relay
from service.operations.worker.jobs import Tools, jobs_app

RESTART_AFTER_S = 1.0


async def run(settings: Settings, domains: Domains, stop: asyncio.Event, clock: Clock = system_clock) -> None:
    """Work until `stop` is set. Raises KeysUnusable, RetentionNotAllowed."""
    _ = RetentionPolicy(domains.retention, settings).version
    SECRECY_MARKS.refuse(settings.secrecy_marks)  # an import reads texts in this process
    keys = load_keys(settings.keys_directory, settings.field_cipher)
    engine = create_engine(settings)
    links = domains.links(settings.public_url)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(
                _restart_on_failure("relay", lambda: _relay(engine, domains, settings, clock, stop), stop)
            )
            group.create_task(
                _restart_on_failure(
                    "deliveries", lambda: delivery.run(engine, links, settings, keys, clock, stop), stop
                )
            )
            group.create_task(
                _restart_on_failure("jobs", lambda: _jobs(Tools(engine, settings, keys, clock, domains), stop), stop)
            )
    finally:
        await engine.dispose()


async def _relay(engine: AsyncEngine, domains: Domains, settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    async with jobs_app(settings, domains).open_async() as app:
        await relay.run(engine, app, domains, settings, clock, stop)


async def _jobs(tools: Tools, stop: asyncio.Event) -> None:
    async with jobs_app(tools.settings, tools.domains).open_async() as app:
        working = asyncio.create_task(
            app.run_worker_async(
                concurrency=4,
                install_signal_handlers=False,
                shutdown_graceful_timeout=5,
                additional_context={"tools": tools},
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not working.done():
            working.cancel()
        await asyncio.gather(working, return_exceptions=stop.is_set())


async def _restart_on_failure(name: str, loop: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run a loop; when it fails (the database restarts, for example), log the failure and start it again."""
    while not stop.is_set():
        try:
            await loop()
        except Exception as failure:
            logger.error("loop failed", loop=name, exc_info=failure)
            await asyncio.sleep(RESTART_AFTER_S)
