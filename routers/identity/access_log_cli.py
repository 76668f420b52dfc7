"""`grassroots audit`: commands to read and verify the access log, for the audit administrator."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import jwt
import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.clock import system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.errors import CursorUnreadable
from service.foundation.events import chains, verification
from service.foundation.settings import settings
from service.identity.access import access_log_queries
from service.identity.access.access_log_queries import Auditor, LineFilter, LogLine

app = typer.Typer(
    help="Read the access log under the auditor's database role (AUDITOR_DATABASE_URL). Each reading adds a line to"
    " the log, with your login at this machine and your reason.",
    no_args_is_help=True,
)
BATCH = 500
TIMEOUT_MS = 600_000
Reason = Annotated[str, typer.Option(help="Why you read; it is written to the log.")]
Result = TypeVar("Result")


@app.callback()
def _group() -> None:
    pass


@app.command("list")
def list_(
    *,
    reason: Reason,
    actor: Annotated[UUID | None, typer.Option(help="Id of the actor.")] = None,
    subject: Annotated[UUID | None, typer.Option(help="Id of the person or record concerned.")] = None,
    action: Annotated[str | None, typer.Option(help="`auth.signed_in`, or `auth` for all its actions.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this time on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this time (UTC).")] = None,
    before: Annotated[UUID | None, typer.Option(help="Only lines older than the line with this id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Show lines, newest first, as JSON."""
    line_filter = LineFilter(actor, subject, action, _utc(since), _utc(until), before)

    async def list_lines(engine: AsyncEngine) -> list[LogLine]:
        async with transaction(engine) as session:
            lines = await access_log_queries.newest_lines(session, line_filter, limit)
            facts = asdict(line_filter) | {"lines": len(lines)}
            await access_log_queries.record_reading(session, access_log_queries.READ, _auditor(reason), facts)
            return lines

    for line in _run(list_lines):
        print(line.as_json())


@app.command()
def export(
    reason: Reason,
    since: Annotated[str | None, typer.Option(help="A cursor or a time (UTC); default: the beginning.")] = None,
    file: Annotated[Path | None, typer.Option(help="Append to this file instead of printing.")] = None,
    cursor_file: Annotated[
        Path | None, typer.Option(help="Keeps the cursor; the next run continues from there.")
    ] = None,
) -> None:
    """Print lines as JSON Lines, oldest first, each once, up to the last line. Run it from a timer.

    After an interruption the next run repeats at most one batch; each line has an id.
    """
    if cursor_file and cursor_file.exists():
        since = cursor_file.read_text().strip()
    try:
        with _output(file) as send:
            count, cursor = _run(lambda engine: _export(engine, since, send, cursor_file, _auditor(reason)))
    except OSError as error:
        raise _stop(error) from None
    typer.echo(f"{count} 条 · lines; cursor {cursor}", err=True)


@app.command()
def verify(
    reason: Reason,
    head: Annotated[
        list[Path] | None, typer.Option(exists=True, help="File with an exported chain head to check; repeatable.")
    ] = None,
    jwks: Annotated[Path | None, typer.Option(exists=True, help="File with the published keys (JWKS).")] = None,
) -> None:
    """Hash every line again and report changed, removed and inserted lines. Exits 1 if there are any."""

    published_keys = jwks.read_text() if jwks else None
    heads = {str(path): path.read_text().strip() for path in head or []}

    async def check(engine: AsyncEngine) -> tuple[int, list[str]]:
        async with transaction(engine) as session:
            verified = await verification.verify(session, chains.ACCESS_LOG, system_clock())
            problems = [discrepancy.sentence for discrepancy in verified.discrepancies]
            for name, jws in heads.items():
                problems += await _head_problems(session, name, jws, published_keys)
            facts = {"problems": len(problems)}
            await access_log_queries.record_reading(session, access_log_queries.VERIFIED, _auditor(reason), facts)
            return verified.heads, problems

    head_count, problems = _run(check)
    for problem in problems:
        typer.echo(f"✗ {problem}", err=True)
    if problems:
        raise typer.Exit(1)
    print(f"{head_count} 个链头全部完好 · {head_count} chain heads are intact")


async def _head_problems(session: AsyncSession, name: str, head: str, published_keys: str | None) -> list[str]:
    if published_keys is None:
        return [f"{name}: add --jwks with a file of the keys from /.well-known/jwks.json"]
    try:
        is_valid = await chains.published_head_holds(session, head, published_keys)
    except (jwt.PyJWTError, ValueError):
        is_valid = False
    return [] if is_valid else [f"{name}: is not a chain head of this log"]


async def _export(
    engine: AsyncEngine, since: str | None, send: Callable[[LogLine], None], cursor_file: Path | None, auditor: Auditor
) -> tuple[int, str]:
    """Send all lines in batches; the number of lines and the last cursor."""
    async with transaction(engine) as session:
        cursor = await _cursor(session, since)
        await access_log_queries.record_reading(session, access_log_queries.EXPORTED, auditor, {"since": since})
    count = 0
    while True:
        async with transaction(engine) as session:
            lines = await access_log_queries.lines_after(session, cursor, BATCH)
        for line in lines:
            send(line)
        if lines:
            cursor, count = lines[-1].cursor, count + len(lines)
            _save_cursor(cursor_file, cursor)
        if len(lines) < BATCH:
            return count, cursor


async def _cursor(session: AsyncSession, since: str | None) -> str:
    """The cursor to start from: the beginning, a cursor or a timestamp. Raises CursorUnreadable."""
    if since is None:
        return access_log_queries.encode_cursor(access_log_queries.FIRST)
    try:
        timestamp = datetime.fromisoformat(since)
    except ValueError:
        access_log_queries.parse_cursor(since)
        return since
    return await access_log_queries.cursor_since(
        session, timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
    )


def _save_cursor(cursor_file: Path | None, cursor: str) -> None:
    """Replace the file in one step, so that an interruption leaves the old cursor or the new one."""
    if cursor_file:
        new_file = cursor_file.with_name(cursor_file.name + ".next")
        new_file.write_text(cursor + "\n")
        new_file.replace(cursor_file)


@contextmanager
def _output(file: Path | None) -> Iterator[Callable[[LogLine], None]]:
    with file.open("a") if file else nullcontext(sys.stdout) as output:
        yield lambda line: print(line.as_json(), file=output)


def _auditor(reason: str) -> Auditor:
    if not reason.strip():
        raise _stop(ValueError("--reason is empty; write why you read the log"))
    return Auditor(getpass.getuser(), reason.strip()[:200])


def _utc(timestamp: datetime | None) -> datetime | None:
    return timestamp.replace(tzinfo=UTC) if timestamp and timestamp.tzinfo is None else timestamp


def _run(command: Callable[[AsyncEngine], Awaitable[Result]]) -> Result:
    """Run a command on an engine of the auditor's database role."""
    url = settings().auditor_database_url
    if not url:
        raise _stop(ValueError("set AUDITOR_DATABASE_URL to the auditor's database role"))

    async def run() -> Result:
        engine = create_engine(settings(), url, timeout_ms=TIMEOUT_MS)
        try:
            return await command(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except CursorUnreadable as error:
        raise _stop(ValueError(error.sentence("en"))) from None


def _stop(error: Exception) -> typer.Exit:
    typer.echo(f"grassroots: {error}", err=True)
    return typer.Exit(1)
