"""`grassroots inbox rebuild`: rebuild the inbox from the data."""

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
    """Makes Typer keep `rebuild` as a subcommand although it is the only one."""


@app.command()
def rebuild() -> None:
    """Open missing items and close outdated ones. Correct items stay, and no event is repeated."""
    asyncio.run(_rebuild())


async def _rebuild() -> None:
    engine = create_engine(settings())
    try:
        counts_by_kind = await rebuild_inbox(engine, DOMAINS.inbox_rules, system_clock())
    finally:
        await engine.dispose()
    for kind, (opened, closed) in counts_by_kind.items():
        print(f"{kind.value:32} opened {opened}, closed {closed}")
