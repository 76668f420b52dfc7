"""`grassroots chains`: check that no recorded row was edited, removed or inserted."""

import asyncio
from pathlib import Path
from typing import Annotated

import jwt
import typer

from service.foundation.clock import system_clock
from service.foundation.crypto import load_keys
from service.foundation.db import create_engine, transaction
from service.foundation.events import chains, edited_rows, verification
from service.foundation.settings import settings
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.tables import DIGEST_TABLES

app = typer.Typer(help="The hash chains of the feed and of the access log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command()
def verify(
    head: Annotated[list[Path] | None, typer.Option(help="An exported chain head to check; repeatable.")] = None,
) -> None:
    """Hash both chains again, compare each row with the digest of its newest event, check exported heads."""
    discrepancies = asyncio.run(_discrepancies(head or []))
    for discrepancy in discrepancies:
        typer.echo(discrepancy, err=True)
    if discrepancies:
        raise typer.Exit(1)
    print("both chains are intact; every row matches its newest event")


async def _discrepancies(heads: list[Path]) -> list[str]:
    engine = create_engine(settings(), timeout_ms=600_000)
    keys = load_keys(settings().keys_directory)
    discrepancies = []
    try:
        async with transaction(engine.execution_options(postgresql_readonly=True)) as session:
            for chain in chains.CHAINS:
                verified = await verification.verify(session, chain, system_clock())
                discrepancies += [f"{chain.name}: {discrepancy.sentence}" for discrepancy in verified.discrepancies]
            await set_rls_purpose(session, Purpose.UPKEEP)
            for table in DIGEST_TABLES:
                edited_ids = await edited_rows.find_edited_rows(session, table)
                discrepancies += [f"{table.__tablename__} {id_}: differs from its newest event" for id_ in edited_ids]
            for path in heads:
                try:
                    holds = await chains.head_holds(session, path.read_text().strip(), keys)
                except jwt.InvalidTokenError:
                    holds = False
                discrepancies += [] if holds else [f"{path}: is not a head of these chains"]
    finally:
        await engine.dispose()
    return discrepancies
