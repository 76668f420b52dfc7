"""`grassroots audit`: the access log, for the audit administrator, under the auditor's database role."""

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
from service.identity.access import access_log_reading as reading_log
from service.identity.access.access_log_reading import Auditor, Line, Wanted

app = typer.Typer(
    help="The access log, read under the auditor's database role (AUDITOR_DATABASE_URL). Every reading is itself"
    " written to it, with the login at this machine and the reason given.",
    no_args_is_help=True,
)
BATCH = 500
TIMEOUT_MS = 600_000
Reason = Annotated[str, typer.Option(help="Why; it is written into the log.")]
Outcome = TypeVar("Outcome")


@app.callback()
def _group() -> None:
    pass


@app.command("list")
def list_(
    *,
    reason: Reason,
    actor: Annotated[UUID | None, typer.Option(help="Who did it.")] = None,
    subject: Annotated[UUID | None, typer.Option(help="Whom or what it concerned.")] = None,
    action: Annotated[str | None, typer.Option(help="`auth.signed_in`, or all of `auth`.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this moment (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this moment (UTC).")] = None,
    before: Annotated[UUID | None, typer.Option(help="Older than this line: the id of the last one shown.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """Show lines, newest first, as JSON."""
    wanted = Wanted(actor, subject, action, _utc(since), _utc(until), before)

    async def listed(engine: AsyncEngine) -> list[Line]:
        async with transaction(engine) as session:
            lines = await reading_log.newest(session, wanted, limit)
            await reading_log.note(session, reading_log.READ, _auditor(reason), asdict(wanted) | {"lines": len(lines)})
            return lines

    for line in _run(listed):
        print(line.as_json())


@app.command()
def export(
    reason: Reason,
    since: Annotated[str | None, typer.Option(help="A cursor, or a moment (UTC); else from the beginning.")] = None,
    file: Annotated[Path | None, typer.Option(help="Append to this file instead of printing.")] = None,
    cursor_file: Annotated[
        Path | None, typer.Option(help="Remembers how far it went; goes on from there the next time.")
    ] = None,
) -> None:
    """Print lines as JSON Lines, oldest first, each once; ends when there are no more. Run it from a timer.

    After an interruption it repeats at most one batch; each line has its id.
    """
    if cursor_file and cursor_file.exists():
        since = cursor_file.read_text().strip()
    try:
        with _output(file) as send:
            count, cursor = _run(lambda engine: _exported(engine, since, send, cursor_file, _auditor(reason)))
    except OSError as failure:
        raise _stop(failure) from None
    typer.echo(f"{count} 条 · lines; cursor {cursor}", err=True)


@app.command()
def verify(
    reason: Reason,
    head: Annotated[
        list[Path] | None, typer.Option(exists=True, help="An exported head that must still hold; repeatable.")
    ] = None,
    jwks: Annotated[Path | None, typer.Option(exists=True, help="The published keys, to read heads with.")] = None,
) -> None:
    """Hash every line again and name what was changed, removed or inserted. Exits 1 if anything was."""

    published = jwks.read_text() if jwks else None
    heads = {str(path): path.read_text().strip() for path in head or []}

    async def checked(engine: AsyncEngine) -> tuple[int, list[str]]:
        async with transaction(engine) as session:
            verified = await verification.verify(session, chains.ACCESS_LOG, system_clock())
            flaws = [flaw.sentence for flaw in verified.discrepancies]
            flaws += [flaw for name, one in heads.items() if (flaw := await _head_flaw(session, name, one, published))]
            await reading_log.note(session, reading_log.VERIFIED, _auditor(reason), {"flaws": len(flaws)})
            return verified.heads, flaws

    heads_checked, flaws = _run(checked)
    for flaw in flaws:
        typer.echo(f"✗ {flaw}", err=True)
    if flaws:
        raise typer.Exit(1)
    print(f"{heads_checked} 个链头全部完好 · {heads_checked} chain heads hold")


async def _head_flaw(session: AsyncSession, name: str, head: str, published: str | None) -> str | None:
    if published is None:
        return f"{name}: say --jwks, the keys saved from /.well-known/jwks.json"
    try:
        holds = await chains.published_head_holds(session, head, published)
    except (jwt.PyJWTError, ValueError):
        holds = False
    return None if holds else f"{name}: is not a head of this record"


async def _exported(
    engine: AsyncEngine, since: str | None, send: Callable[[Line], None], cursor_file: Path | None, by: Auditor
) -> tuple[int, str]:
    async with transaction(engine) as session:
        cursor = await _cursor(session, since)
        await reading_log.note(session, reading_log.EXPORTED, by, {"since": since})
    count = 0
    while True:
        async with transaction(engine) as session:
            lines = await reading_log.following(session, cursor, BATCH)
        for line in lines:
            send(line)
        if lines:
            cursor, count = lines[-1].cursor, count + len(lines)
            _remember(cursor_file, cursor)
        if len(lines) < BATCH:
            return count, cursor


async def _cursor(session: AsyncSession, since: str | None) -> str:
    if since is None:
        return reading_log.cursor_of(reading_log.FIRST)
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        reading_log.key_in(since)
        return since
    return await reading_log.start(session, moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _remember(cursor_file: Path | None, cursor: str) -> None:
    if cursor_file:
        following = cursor_file.with_name(cursor_file.name + ".next")
        following.write_text(cursor + "\n")
        following.replace(cursor_file)


@contextmanager
def _output(file: Path | None) -> Iterator[Callable[[Line], None]]:
    with file.open("a") if file else nullcontext(sys.stdout) as output:
        yield lambda line: print(line.as_json(), file=output)


def _auditor(reason: str) -> Auditor:
    if not reason.strip():
        raise _stop(ValueError("say why you read the log"))
    return Auditor(getpass.getuser(), reason.strip()[:200])


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _run(request: Callable[[AsyncEngine], Awaitable[Outcome]]) -> Outcome:
    url = settings().auditor_database_url
    if not url:
        raise _stop(ValueError("set AUDITOR_DATABASE_URL to the auditor's database role"))

    async def run() -> Outcome:
        engine = create_engine(settings(), url, timeout_ms=TIMEOUT_MS)
        try:
            return await request(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(run())
    except CursorUnreadable as unreadable:
        raise _stop(ValueError(unreadable.sentence("en"))) from None


def _stop(failure: Exception) -> typer.Exit:
    typer.echo(f"grassroots: {failure}", err=True)
    return typer.Exit(1)
