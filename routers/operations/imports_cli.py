"""`grassroots import organisations|people|enterprises`: the same import as over HTTP, from a file beside you."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.identity.divisions_cli import app
from schemas.foundation.common import SECRECY_MARKS
from schemas.operations.imports import ImportConfirm, ImportCreate, ImportKind, ImportMode, ImportState, RowOutcome
from service.foundation.clock import Clock, system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.errors import DomainError
from service.foundation.ids import new_id
from service.foundation.settings import Settings, settings
from service.identity.access.errors import OrganisationNotFound
from service.identity.tree.tables import Organisation
from service.operations.imports import actions, queries
from service.operations.imports.checking import locked
from service.operations.imports.errors import ImportNotFound, ImportWaits
from service.operations.imports.flaws import sentence
from service.operations.imports.results import OUTCOMES_ZH, csv_of
from service.operations.imports.tables import Import
from service.operations.worker import importing

KINDS_ZH = {ImportKind.ORGANISATIONS: "组织", ImportKind.PEOPLE: "人员及任职", ImportKind.ENTERPRISES: "企业"}
FLAWS_PRINTED = 20
WAIT_S = 1.0
Leavers = Annotated[int | None, typer.Option(help="How many persons leave, if the import asks for it.")]


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for."""

    kind: ImportKind
    file: Path
    below: str
    mode: ImportMode
    as_of: datetime | None
    is_complete: bool
    is_applied: bool
    leavers: int | None
    results: Path | None


def _add_commands() -> None:
    """One command for each kind, and `apply` for a diff that was looked at before."""
    for kind, zh in KINDS_ZH.items():
        en = f"Import {kind.value}: shows what would change, merges with --apply."
        app.command(kind.value, help=f"{en} 导入{zh}：先显示差异，加 --apply 才合并。")(_command(kind))
    app.command("apply")(apply)


def _command(kind: ImportKind) -> Callable[..., None]:
    def command(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
        *,
        below: Annotated[str, typer.Option(help="Code or id of the organisation; nothing above it is touched.")],
        mode: Annotated[
            ImportMode, typer.Option(help="What becomes of a file with bad rows.")
        ] = ImportMode.ALL_OR_NOTHING,
        as_of: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the file describes; today if left out.")
        ] = None,
        complete: Annotated[bool, typer.Option("--complete", help="It holds all; leavers' postings end.")] = False,
        apply: Annotated[bool, typer.Option("--apply", help="Merge what is shown.")] = False,
        leavers: Leavers = None,
        results: Annotated[Path | None, typer.Option(help="Write the result of each row to this CSV.")] = None,
    ) -> None:
        _ended(_import(Wanted(kind, file, below, mode, as_of, complete, apply, leavers, results)))

    return command


def apply(import_id: UUID, leavers: Leavers = None) -> None:
    """Merge a diff that was shown before. 合并先前显示过的差异。"""
    _ended(_apply_shown(import_id, leavers))


def _ended(work: Awaitable[ImportState]) -> None:
    """Run it; exit 1 for what was refused."""

    async def run() -> ImportState:
        return await work

    try:
        state = asyncio.run(run())
    except DomainError as refusal:
        typer.echo(f"{refusal.sentence('zh-CN')}\n{refusal.sentence('en')}", err=True)
        raise typer.Exit(1) from None
    if state is ImportState.REFUSED:
        raise typer.Exit(1)


async def _import(wanted: Wanted) -> ImportState:
    known, clock = settings(), system_clock
    SECRECY_MARKS.refuse(known.secrecy_marks)
    engine = create_engine(known)
    try:
        import_id = await _uploaded(engine, known, clock, wanted)
        await _patiently(importing.check, engine, clock, import_id)
        row = await _told(engine, import_id)
        if row.state is ImportState.CHECKED and wanted.is_applied:
            row = await _confirmed(engine, known, clock, import_id, wanted.leavers)
        elif row.state is ImportState.CHECKED:
            typer.echo(f"合并请运行 · to merge it: grassroots import apply {import_id}")
        if wanted.results:
            await asyncio.to_thread(wanted.results.write_bytes, await _results(engine, import_id))
        return row.state
    finally:
        await engine.dispose()


async def _apply_shown(import_id: UUID, leavers: int | None) -> ImportState:
    engine = create_engine(settings())
    try:
        return (await _confirmed(engine, settings(), system_clock, import_id, leavers)).state
    finally:
        await engine.dispose()


async def _uploaded(engine: AsyncEngine, known: Settings, clock: Clock, wanted: Wanted) -> UUID:
    import_id, now = new_id(), clock()
    content = await asyncio.to_thread(wanted.file.read_bytes)
    async with transaction(engine) as session:
        request = ImportCreate(
            kind=wanted.kind,
            mode=wanted.mode,
            organisation_id=await _organisation(session, wanted.below),
            as_of=wanted.as_of.date() if wanted.as_of else None,
            is_complete=wanted.is_complete,
        )
        row = actions.opened(import_id, request, None, now, b"")
        session.add(row)
        await session.flush()
        actions.start_clock(session, row)
        await actions.take_file(session, row, content, known.import_file_bytes, now)
    return import_id


async def _organisation(session: AsyncSession, said: str) -> UUID:
    """Raises OrganisationNotFound."""
    try:
        named = Organisation.id == UUID(said)
    except ValueError:
        named = Organisation.code == said
    found = (await session.exec(select(Organisation.id).where(named))).first()
    if found is None:
        raise OrganisationNotFound(organisation_id=said)
    return found


async def _confirmed(
    engine: AsyncEngine, known: Settings, clock: Clock, import_id: UUID, leavers: int | None
) -> Import:
    async with transaction(engine) as session:
        if await session.get(Import, import_id) is None:
            raise ImportNotFound(import_id=str(import_id))
        row = await locked(session, import_id)
        if row.state is not ImportState.CONFIRMED:
            await actions.agree(session, row, ImportConfirm(leavers=leavers), known, clock(), None)
    await _patiently(importing.apply, engine, clock, import_id)
    return await _told(engine, import_id)


async def _patiently(
    work: Callable[[AsyncEngine, Clock, UUID], Awaitable[None]], engine: AsyncEngine, clock: Clock, import_id: UUID
) -> None:
    """Do it, or wait until another import, or a worker that was faster, is done."""
    while True:
        try:
            await work(engine, clock, import_id)
        except ImportWaits:
            typer.echo("等待另一个导入结束 · waiting for another import to end …", err=True)
            await asyncio.sleep(WAIT_S)
        else:
            return


async def _told(engine: AsyncEngine, import_id: UUID) -> Import:
    """The import, after printing how it stands."""
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        refused = await queries.rows(session, import_id, RowOutcome.REFUSED, 0, FLAWS_PRINTED)
    for one in refused:
        _print_flaws(f"第 {one.line} 行 · line {one.line}", one.flaws)
    if row.refused > len(refused):
        more = row.refused - len(refused)
        typer.echo(f"… 另有 {more} 行有误，见结果文件 · {more} more rows are refused, see the results", err=True)
    _print_flaws(str(import_id), row.flaws)
    counts = {outcome: getattr(row, outcome.value) for outcome in OUTCOMES_ZH}
    typer.echo("，".join(f"{OUTCOMES_ZH[outcome]} {count:,}" for outcome, count in counts.items()))
    typer.echo(f"{row.state.value}: " + ", ".join(f"{outcome.value} {count:,}" for outcome, count in counts.items()))
    return row


def _print_flaws(where: str, flaws: list[dict[str, object]]) -> None:
    for flaw in flaws:
        field = f" [{flaw['field']}]" if flaw["field"] else ""
        typer.echo(f"{where}{field}: {sentence(flaw, 'zh-CN')}\n    {sentence(flaw, 'en')}", err=True)


async def _results(engine: AsyncEngine, import_id: UUID) -> bytes:
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        return csv_of(row.kind, await queries.all_rows(session, import_id), "zh-CN")


_add_commands()
