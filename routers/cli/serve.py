"""`grassroots serve` and `grassroots worker`: start the API and the worker."""

import asyncio
import signal
from typing import Annotated

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from routers.middleware.protocol import LimitedHeaders
from routers.operations.doctor_cli import require_fit_for_production
from service.domains import DOMAINS
from service.foundation.log import configure_logs
from service.foundation.settings import settings


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; `::` for IPv6 and IPv4.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Processes; each opens its own connections.")] = 1,
) -> None:
    """Serve the API. In production it starts only if `grassroots doctor` finds no error."""
    require_fit_for_production()
    config = uvicorn.Config(
        "routers.app:app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http=LimitedHeaders,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    # bound here, because uvicorn's own socket for `::` does not accept IPv4
    listening = [config.bind_socket()]
    if workers > 1:
        Multiprocess(config, sockets=listening).run()
        return
    server = uvicorn.Server(config)
    server.run(sockets=listening)
    if not server.started:
        raise typer.Exit(1)


def worker() -> None:
    """Run the outbox relay, timers, webhook deliveries and jobs. Any number may run; one of them relays.

    In production it starts only if `grassroots doctor` finds no error.
    """
    require_fit_for_production()
    configure_logs()
    asyncio.run(_worker())


async def _worker() -> None:
    from service.operations.worker.run import (
        run,
    )  # imported here, because the API uses this file too and does not need the worker

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await run(settings(), DOMAINS, stop)
