"""Run an import in short transactions: check it, merge it; an interrupted run continues (DESIGN §5.1)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import sqlalchemy as sa
from psycopg.errors import QueryCanceled
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.imports import ImportState
from service.foundation.clock import Clock
from service.foundation.db import transaction
from service.foundation.locks import SESSION_UNLOCK, TRY_SESSION_LOCK, AdvisoryLock, key_of_row
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.operations.imports import checking, merging
from service.operations.imports.checking import Diff
from service.operations.imports.errors import ImportBusy
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import

READ_ONLY = sa.text("SET TRANSACTION READ ONLY")
LONG_READ = (
    sa.text("SET LOCAL statement_timeout = '60s'"),
    sa.text("SET LOCAL idle_in_transaction_session_timeout = '60s'"),
)
"""For read-only transactions only: they have no transaction id, so a long one does not delay the feed."""


async def check_import(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Read the file and store the diff, or refuse the import. Running it again starts over.

    Raises ImportBusy while another process checks the same import.
    """
    async with _exclusive(engine, key_of_row(import_id)):
        async with transaction(engine) as session:
            row = await session.get_one(Import, import_id)
            content = await checking.read_file(session, import_id)
        if row.state is not ImportState.UPLOADED or content is None:
            return
        try:
            table = await asyncio.to_thread(checking.parse_file, row, content)
        except ImportIssue as issue:
            async with transaction(engine) as session:
                await checking.refuse_import(session, import_id, issue, clock())
            return
        diff = await _build_diff(engine, row, table.lines, table.ignored_columns)
        await _store_diff(engine, clock, row, diff, has_changed=False)


async def apply_import(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Merge a confirmed diff that is still up to date; an interrupted merge continues where it stopped.

    Raises ImportBusy while another import is being merged.
    """
    async with _exclusive(engine, AdvisoryLock.IMPORT_MERGE.value):
        async with transaction(engine) as session:
            row = await session.get_one(Import, import_id)
        if row.state is ImportState.CONFIRMED:
            if row.merge_started_at is None and not await _start_merge(engine, clock, row):
                return
            await _merge(engine, clock, import_id)
            async with transaction(engine) as session:
                await merging.finish(session, import_id, clock())
        if row.state in {ImportState.CONFIRMED, ImportState.APPLIED}:
            await erase_import(engine, import_id)


async def erase_import(engine: AsyncEngine, import_id: UUID) -> None:
    """Erase personal data in the rows of an import that has ended."""
    count = merging.ROWS_PER_ERASE
    while count == merging.ROWS_PER_ERASE:
        async with transaction(engine) as session:
            count = await merging.erase_rows(session, import_id)


async def _build_diff(engine: AsyncEngine, row: Import, lines: Sequence[Line], ignored_columns: list[str]) -> Diff:
    async with _long_read(engine) as session:
        existing = await checking.load_existing(session, row, lines)
    return await asyncio.to_thread(checking.build_diff, row, lines, existing, ignored_columns)


async def _store_diff(engine: AsyncEngine, clock: Clock, row: Import, diff: Diff, *, has_changed: bool) -> None:
    """Replace the stored rows by those of the diff, a thousand per transaction."""
    count = checking.ROWS_PER_CHUNK
    while count == checking.ROWS_PER_CHUNK:
        async with transaction(engine) as session:
            count = await checking.delete_rows(session, row.id)
    values = diff.row_values
    for first in range(0, len(values), checking.ROWS_PER_CHUNK):
        async with transaction(engine) as session:
            await checking.insert_rows(session, row.id, values[first : first + checking.ROWS_PER_CHUNK])
    async with transaction(engine) as session:
        state = await checking.finish_check(session, row.id, diff, clock(), has_changed=has_changed)
    if state in {ImportState.REFUSED, ImportState.DISCARDED}:
        await erase_import(engine, row.id)


async def _start_merge(engine: AsyncEngine, clock: Clock, row: Import) -> bool:
    """Mark the rows to merge if both persons have their right and the diff is unchanged; return whether."""
    async with transaction(engine) as session:
        for person_id in {person_id for person_id in (row.requested_by, row.confirmed_by) if person_id}:
            actor = Actor(person_id, None, Permission.IMPORT_WRITE, clock())
            if not await scope.reaches(session, actor, row.organisation_id):
                await checking.refuse_import(session, row.id, ImportIssue(IssueCode.RIGHT_ENDED), clock())
                return False
    async with _long_read(engine) as session:
        lines = await checking.read_lines(session, row.id)
    diff = await _build_diff(engine, row, lines, row.ignored_columns)
    if diff.digest != row.diff_digest:
        await _store_diff(engine, clock, row, diff, has_changed=True)
        return False
    async with transaction(engine) as session:
        await merging.mark_due(session, row.id, clock())
    return True


async def _merge(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Merge all due rows in chunks.

    A chunk that violates a constraint or takes too long is halved, down to the single row at fault.
    """
    at_most = merging.ROWS_PER_MERGE
    while True:
        try:
            async with transaction(engine) as session:
                if not await merging.merge_rows(session, import_id, at_most, clock()):
                    return
            at_most = min(2 * at_most, merging.ROWS_PER_MERGE)
        except IntegrityError as refusal:
            if at_most == 1:
                async with transaction(engine) as session:
                    await merging.refuse_next_row(session, import_id, _constraint(refusal))
            at_most = max(at_most // 2, 1)
        except OperationalError as failure:
            if not isinstance(failure.orig, QueryCanceled) or at_most == 1:
                raise
            at_most = max(at_most // 2, 1)


def _constraint(refusal: IntegrityError) -> str | None:
    name: str | None = getattr(getattr(refusal.orig, "diag", None), "constraint_name", None)
    return name


@asynccontextmanager
async def _long_read(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A read-only transaction with a long statement timeout."""
    async with transaction(engine) as session:
        connection = await session.connection()
        await connection.execute(READ_ONLY)
        for line in LONG_READ:
            await connection.execute(line)
        yield session


@asynccontextmanager
async def _exclusive(engine: AsyncEngine, key: int) -> AsyncIterator[None]:
    """Hold an advisory lock of the whole deployment; a connection owns it, so it ends with the process.

    Raises ImportBusy.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not (await connection.exec_driver_sql(TRY_SESSION_LOCK, (key,))).scalar_one():
            raise ImportBusy
        try:
            yield
        finally:
            await connection.exec_driver_sql(SESSION_UNLOCK, (key,))
