"""`grassroots seals`: check that nothing on record was edited, removed or slipped in."""

import asyncio
from pathlib import Path
from typing import Annotated

import jwt
import typer

from service.foundation.clock import system_clock
from service.foundation.crypto import load_keys
from service.foundation.db import create_engine, transaction
from service.foundation.events import chains as seal
from service.foundation.events import edited_rows as audit
from service.foundation.events import verification as tampering
from service.foundation.settings import settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.tables import DIGEST_TABLES

app = typer.Typer(help="The sealed chains of the feed and of the access log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def verify(
    head: Annotated[list[Path] | None, typer.Option(help="An exported head that must still hold; repeatable.")] = None,
) -> None:
    """Hash both chains again, compare every row with the digest of its newest event, check exported heads."""
    flaws = asyncio.run(_flaws(head or []))
    for flaw in flaws:
        typer.echo(flaw, err=True)
    if flaws:
        raise typer.Exit(1)
    print("both chains hold; every row agrees with its newest event")


async def _flaws(heads: list[Path]) -> list[str]:
    engine = create_engine(settings(), timeout_ms=600_000)
    keys = load_keys(settings().keys_directory)
    flaws = []
    try:
        async with transaction(engine.execution_options(postgresql_readonly=True)) as session:
            for chain in seal.CHAINS:
                verified = await tampering.verify(session, chain, system_clock())
                flaws += [f"{chain.name}: {flaw.sentence}" for flaw in verified.flaws]
            await set_rls_purpose(session, Purpose.UPKEEP)
            for table in DIGEST_TABLES:
                edited = await audit.edited(session, table)
                flaws += [f"{table.__tablename__} {row}: differs from its newest event" for row in edited]
            for path in heads:
                try:
                    holds = await seal.head_holds(session, path.read_text().strip(), keys)
                except jwt.InvalidTokenError:
                    holds = False
                flaws += [] if holds else [f"{path}: is not a head of this record"]
    finally:
        await engine.dispose()
    return flaws
