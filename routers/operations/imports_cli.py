"""`grassroots import organisations|people|enterprises`: the import of the API, from a local file."""

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

from routers.operations.divisions_cli import app
from schemas.foundation.common import SECRECY_MARKS
from schemas.operations.imports import ImportConfirm, ImportCreate, ImportKind, ImportMode, ImportState, RowOutcome
from service.foundation.clock import Clock, system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.errors import DomainError
from service.foundation.ids import new_id
from service.foundation.settings import Settings, settings
from service.identity.tree.tables import Organisation
from service.operations.imports import actions, queries, running
from service.operations.imports.checking import lock_import
from service.operations.imports.errors import ImportBusy, ImportNotFound, NoSuchOrganisation
from service.operations.imports.issues import sentence
from service.operations.imports.results import build_results_csv
from service.operations.imports.tables import Import

KINDS_ZH = {ImportKind.ORGANISATIONS: "组织", ImportKind.PEOPLE: "人员及任职", ImportKind.ENTERPRISES: "企业"}
ISSUES_PRINTED = 20
WAIT_S = 1.0
Leavers = Annotated[int | None, typer.Option(help="The number of leavers, if the import asks to confirm it.")]


@dataclass(frozen=True)
class ImportOptions:
    """The arguments and options of the command."""

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
    """Add one command per kind, and `apply` for a diff that was shown before."""
    for kind, zh in KINDS_ZH.items():
        en = f"Import {kind.value}: shows the changes, merges them with --apply."
        app.command(kind.value, help=f"{en} 导入{zh}：先显示差异，加 --apply 才合并。")(_command(kind))
    app.command("apply")(apply)


def _command(kind: ImportKind) -> Callable[..., None]:
    def command(
        file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX.")],
        *,
        below: Annotated[
            str, typer.Option(help="Code or id of the organisation; only it and organisations below it change.")
        ],
        mode: Annotated[
            ImportMode, typer.Option(help="What to do with a file that has bad rows.")
        ] = ImportMode.ALL_OR_NOTHING,
        as_of: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the file describes; today by default.")
        ] = None,
        complete: Annotated[
            bool, typer.Option("--complete", help="The file lists everyone; postings of leavers end.")
        ] = False,
        apply: Annotated[bool, typer.Option("--apply", help="Merge the diff that is shown.")] = False,
        leavers: Leavers = None,
        results: Annotated[Path | None, typer.Option(help="Write the result of each row to this CSV.")] = None,
    ) -> None:
        _run(_import(ImportOptions(kind, file, below, mode, as_of, complete, apply, leavers, results)))

    return command


def apply(import_id: UUID, leavers: Leavers = None) -> None:
    """Merge a diff that was shown before. 合并先前显示过的差异。"""
    _run(_apply_checked(import_id, leavers))


def _run(work: Awaitable[ImportState]) -> None:
    """Run the import; exit with 1 if it is refused."""

    async def run() -> ImportState:
        return await work

    try:
        state = asyncio.run(run())
    except DomainError as refusal:
        typer.echo(f"{refusal.sentence('zh-CN')}\n{refusal.sentence('en')}", err=True)
        raise typer.Exit(1) from None
    if state is ImportState.REFUSED:
        raise typer.Exit(1)


async def _import(options: ImportOptions) -> ImportState:
    config, clock = settings(), system_clock
    SECRECY_MARKS.refuse(config.secrecy_marks)
    engine = create_engine(config)
    try:
        import_id = await _upload(engine, config, clock, options)
        await _retry_while_busy(running.check_import, engine, clock, import_id)
        row = await _print_import(engine, import_id)
        if row.state is ImportState.CHECKED and options.is_applied:
            row = await _confirm_and_merge(engine, config, clock, import_id, options.leavers)
        elif row.state is ImportState.CHECKED:
            typer.echo(f"合并请运行 · to merge it: grassroots import apply {import_id}")
        if options.results:
            await asyncio.to_thread(options.results.write_bytes, await _read_results(engine, import_id))
        return row.state
    finally:
        await engine.dispose()


async def _apply_checked(import_id: UUID, leavers: int | None) -> ImportState:
    engine = create_engine(settings())
    try:
        return (await _confirm_and_merge(engine, settings(), system_clock, import_id, leavers)).state
    finally:
        await engine.dispose()


async def _upload(engine: AsyncEngine, config: Settings, clock: Clock, options: ImportOptions) -> UUID:
    import_id, now = new_id(), clock()
    content = await asyncio.to_thread(options.file.read_bytes)
    async with transaction(engine) as session:
        request = ImportCreate(
            kind=options.kind,
            mode=options.mode,
            organisation_id=await _find_organisation(session, options.below),
            as_of=options.as_of.date() if options.as_of else None,
            is_complete=options.is_complete,
        )
        row = actions.build_import(import_id, request, None, now, b"")
        session.add(row)
        await session.flush()
        actions.start_expiry_timer(session, row)
        await actions.store_file(session, row, content, config.import_file_bytes, now)
    return import_id


async def _find_organisation(session: AsyncSession, reference: str) -> UUID:
    """Find an organisation by id or code. Raises NoSuchOrganisation."""
    try:
        condition = Organisation.id == UUID(reference)
    except ValueError:
        condition = Organisation.code == reference
    organisation_id = (await session.exec(select(Organisation.id).where(condition))).first()
    if organisation_id is None:
        raise NoSuchOrganisation(value=reference)
    return organisation_id


async def _confirm_and_merge(
    engine: AsyncEngine, config: Settings, clock: Clock, import_id: UUID, leavers: int | None
) -> Import:
    async with transaction(engine) as session:
        if await session.get(Import, import_id) is None:
            raise ImportNotFound(import_id=str(import_id))
        row = await lock_import(session, import_id)
        if row.state is not ImportState.CONFIRMED:
            await actions.mark_confirmed(session, row, ImportConfirm(leavers=leavers), config, clock(), None)
    await _retry_while_busy(running.apply_import, engine, clock, import_id)
    return await _print_import(engine, import_id)


async def _retry_while_busy(
    work: Callable[[AsyncEngine, Clock, UUID], Awaitable[None]], engine: AsyncEngine, clock: Clock, import_id: UUID
) -> None:
    """Run the work; while another import or a worker holds the lock, wait and try again."""
    while True:
        try:
            await work(engine, clock, import_id)
        except ImportBusy:
            typer.echo("等待另一个导入结束 · waiting for another import to end …", err=True)
            await asyncio.sleep(WAIT_S)
        else:
            return


async def _print_import(engine: AsyncEngine, import_id: UUID) -> Import:
    """Load the import and print its state, counts and issues."""
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        refused = await queries.read_rows(session, import_id, RowOutcome.REFUSED, 0, ISSUES_PRINTED)
    for import_row in refused:
        _print_issues(f"第 {import_row.line} 行 · line {import_row.line}", import_row.issues)
    if row.refused > len(refused):
        more = row.refused - len(refused)
        typer.echo(f"… 另有 {more} 行有误，见结果文件 · {more} more rows are refused, see the results", err=True)
    _print_issues(str(import_id), row.issues)
    counts = {outcome: getattr(row, outcome.value) for outcome in RowOutcome}
    typer.echo("，".join(f"{outcome.zh} {count:,}" for outcome, count in counts.items()))
    typer.echo(f"{row.state.value}: " + ", ".join(f"{outcome.value} {count:,}" for outcome, count in counts.items()))
    return row


def _print_issues(place: str, issues: list[dict[str, object]]) -> None:
    for issue in issues:
        column = f" [{issue['column']}]" if issue["column"] else ""
        typer.echo(f"{place}{column}: {sentence(issue, 'zh-CN')}\n    {sentence(issue, 'en')}", err=True)


async def _read_results(engine: AsyncEngine, import_id: UUID) -> bytes:
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        return build_results_csv(row.kind, await queries.read_all_rows(session, import_id), "zh-CN")


_add_commands()
