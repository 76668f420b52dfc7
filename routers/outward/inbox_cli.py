"""`grassroots inbox rebuild`: what waits, reckoned anew from the state of things."""

import asyncio

import typer

from service.domains import DOMAINS
from service.foundation.clock import system_clock
from service.foundation.db import create_engine
from service.foundation.settings import settings
from service.outward.inbox.jobs import rebuild_inbox

app = typer.Typer(help="待办 · The inbox.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `rebuild` a word of its own though it is the only one."""


@app.command()
def rebuild() -> None:
    """Open what waits and is missing, close what no longer waits; what is right stays and is told to nobody again."""
    asyncio.run(_rebuild())


async def _rebuild() -> None:
    engine = create_engine(settings())
    try:
        done = await rebuild_inbox(engine, DOMAINS.inbox_rules, system_clock())
    finally:
        await engine.dispose()
    for kind, (opened, closed) in done.items():
        print(f"{kind.value:32} opened {opened}, closed {closed}")
