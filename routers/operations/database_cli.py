"""`grassroots database prepare`, `migrate`, `backup`, `restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from alembic import command
from alembic.config import Config

from service.foundation.clock import system_clock
from service.foundation.db import create_engine, driver_url
from service.foundation.settings import Settings, settings
from service.operations.database.backup import BackupFailed, dump
from service.operations.database.backup import restore as restore_file
from service.operations.database.epochs import ServiceStillRunning, open_next
from service.operations.database.prepare import NotAllowed
from service.operations.database.prepare import prepare as prepare_database
from service.operations.worker.jobs import jobs_app

app = typer.Typer(help="The database itself.", no_args_is_help=True)
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
    except NotAllowed as failure:
        raise _stop(failure) from None
    print(f"{database}: ready for `grassroots migrate`")


@app.command()
def failover() -> None:
    """Open the next epoch of the feed after a replica was promoted. Service at rest."""
    print(f"epoch {asyncio.run(_open_next(settings(), 'failover'))} is open")


def migrate() -> None:
    """Bring the database to this version, as the owner's role, with its partitions for the next two years."""
    command.upgrade(Config(toml_file=str(ROOT / "pyproject.toml")), "head")
    with psycopg.connect(driver_url(settings().owner_database_url)) as connection:
        connection.execute("SELECT ensure_partitions(now())")
    print("database: up to date")


def backup(file: Annotated[Path, typer.Argument(help="Where to; written whole or not at all.")]) -> None:
    """Copy the whole database into a file while the service runs. Keys are backed up apart from it."""
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
    print(f"restored; epoch {number} is open, readers beyond the backup step back to its start")


async def _open_next(wanted: Settings, reason: str) -> int:
    owner = create_engine(wanted, wanted.owner_database_url, timeout_ms=60_000)
    as_owner = wanted.model_copy(update={"database_url": wanted.owner_database_url})
    try:
        async with jobs_app(as_owner).open_async() as jobs:
            return await open_next(owner, jobs, wanted, system_clock, reason)
    finally:
        await owner.dispose()


def _stop(failure: Exception) -> typer.Exit:
    typer.echo(f"grassroots: {failure}", err=True)
    return typer.Exit(1)
