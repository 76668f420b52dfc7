"""`grassroots database prepare`, `migrate`, `backup`, `restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from alembic import command
from alembic.config import Config

from service.domains import DOMAINS
from service.foundation.clock import system_clock
from service.foundation.db import create_engine, driver_url
from service.foundation.settings import Settings, settings
from service.operations.database.backup import BackupFailed, dump
from service.operations.database.backup import restore as restore_file
from service.operations.database.epochs import ServiceStillRunning, open_next_epoch
from service.operations.database.prepare import AdminRightsMissing
from service.operations.database.prepare import prepare as prepare_database
from service.operations.worker.jobs import jobs_app

app = typer.Typer(help="Prepare the database; fail over.", no_args_is_help=True)
ROOT = Path(__file__).parent.parent.parent


@app.callback()
def _group() -> None:
    pass


@app.command()
def prepare(
    admin_url: Annotated[str, typer.Option(help="A role that may create roles, databases and extensions.")],
    database: Annotated[str, typer.Option()] = "grassroots",
) -> None:
    """Create roles, database and extensions if they are missing."""
    try:
        prepare_database(admin_url, database, settings())
    except AdminRightsMissing as failure:
        raise _stop(failure) from None
    print(f"{database}: ready for `grassroots migrate`")


@app.command()
def failover() -> None:
    """Open the next epoch of the feed after a replica was promoted. Stop the API and the workers first."""
    print(f"epoch {asyncio.run(_open_next(settings(), 'failover'))} is open")


def migrate() -> None:
    """Migrate the database to this version as the owner's role; create partitions for two years."""
    command.upgrade(Config(toml_file=str(ROOT / "pyproject.toml")), "head")
    with psycopg.connect(driver_url(settings().owner_database_url)) as connection:
        connection.execute("SELECT ensure_partitions(now())")
    print("database: up to date")


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; an unfinished backup never has this name.")],
) -> None:
    """Copy the whole database into a file while the service runs. Back up the keys separately."""
    try:
        dump(settings().owner_database_url, file)
    except BackupFailed as failure:
        raise _stop(failure) from None
    print(f"{file}: {file.stat().st_size:,} bytes")


def restore(file: Annotated[Path, typer.Argument(exists=True)]) -> None:
    """Fill an empty, prepared database from a backup and open the next epoch of the feed."""
    try:
        restore_file(settings().owner_database_url, file)
        number = asyncio.run(_open_next(settings(), "restore"))
    except (BackupFailed, ServiceStillRunning) as failure:
        raise _stop(failure) from None
    print(f"restored; epoch {number} is open, readers with a newer cursor go back to its start")


async def _open_next(config: Settings, reason: str) -> int:
    owner = create_engine(config, config.owner_database_url, timeout_ms=60_000)
    as_owner = config.model_copy(update={"database_url": config.owner_database_url})
    try:
        async with jobs_app(as_owner, DOMAINS).open_async() as jobs:
            return await open_next_epoch(owner, jobs, DOMAINS, config, system_clock, reason)
    finally:
        await owner.dispose()


def _stop(failure: Exception) -> typer.Exit:
    typer.echo(f"grassroots: {failure}", err=True)
    return typer.Exit(1)
