"""Running an import: compare, then merge, in steps of which none writes for long; killed, it goes on (DESIGN §5.1)."""

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
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.operations.imports import checking, flaws, merging
from service.operations.imports.checking import Diff
from service.operations.imports.errors import ImportWaits
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import

READ_ONLY = sa.text("SET TRANSACTION READ ONLY")
PATIENT = (
    sa.text("SET LOCAL statement_timeout = '60s'"),
    sa.text("SET LOCAL idle_in_transaction_session_timeout = '60s'"),
)
"""Only for reading: a transaction that writes nothing holds up nobody's feed, while ten thousand rows are unpacked."""
TRY_LOCK, SET_RLS_PURPOSE = sa.text("SELECT pg_try_advisory_lock(:lock)"), sa.text("SELECT pg_advisory_unlock(:lock)")


async def check(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Read the file and keep the diff, or say why the file cannot be taken. Run again, it begins anew.

    Raises ImportWaits while another process is at it.
    """
    async with _alone(engine, int.from_bytes(import_id.bytes[8:], signed=True)):
        async with transaction(engine) as session:
            row = await session.get_one(Import, import_id)
            content = await checking.content(session, import_id)
        if row.state is not ImportState.UPLOADED or content is None:
            return
        try:
            table = await asyncio.to_thread(checking.table, row, content)
        except flaws.Flaw as flaw:
            async with transaction(engine) as session:
                await checking.refuse(session, import_id, flaw, clock())
            return
        diff = await _compared(engine, row, table.lines, table.ignored)
        await _keep(engine, clock, row, diff, has_moved=False)


async def apply(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Merge a confirmed diff, if it still holds; what a killed worker left, from where it stopped.

    Raises ImportWaits while another is being merged.
    """
    async with _alone(engine, merging.LOCK):
        async with transaction(engine) as session:
            row = await session.get_one(Import, import_id)
        if row.state is ImportState.CONFIRMED:
            if row.merge_began_at is None and not await _still_holds(engine, clock, row):
                return
            await _merge(engine, clock, import_id)
            async with transaction(engine) as session:
                await merging.finish(session, import_id, clock())
        if row.state in {ImportState.CONFIRMED, ImportState.APPLIED}:
            await empty(engine, import_id)


async def empty(engine: AsyncEngine, import_id: UUID) -> None:
    """Take what is on persons out of the rows of an import that has ended."""
    emptied = merging.EMPTIED_AT_ONCE
    while emptied == merging.EMPTIED_AT_ONCE:
        async with transaction(engine) as session:
            emptied = await merging.empty_some(session, import_id)


async def _compared(engine: AsyncEngine, row: Import, lines: Sequence[Line], ignored: list[str]) -> Diff:
    async with _patient(engine) as session:
        known = await checking.world(session, row, lines)
    return await asyncio.to_thread(checking.compared, row, lines, known, ignored)


async def _keep(engine: AsyncEngine, clock: Clock, row: Import, diff: Diff, *, has_moved: bool) -> None:
    """Replace what rows there are by those of the diff, a thousand at a time."""
    gone = checking.ROWS_AT_ONCE
    while gone == checking.ROWS_AT_ONCE:
        async with transaction(engine) as session:
            gone = await checking.forget_rows(session, row.id)
    values = diff.row_values
    for first in range(0, len(values), checking.ROWS_AT_ONCE):
        async with transaction(engine) as session:
            await checking.keep_rows(session, row.id, values[first : first + checking.ROWS_AT_ONCE])
    async with transaction(engine) as session:
        state = await checking.conclude(session, row.id, diff, clock(), has_moved=has_moved)
    if state in {ImportState.REFUSED, ImportState.DISCARDED}:
        await empty(engine, row.id)


async def _still_holds(engine: AsyncEngine, clock: Clock, row: Import) -> bool:
    """Whether who asked and who confirmed may still write there and the diff is the one confirmed; then it begins."""
    async with transaction(engine) as session:
        for person_id in {one for one in (row.asked_by, row.confirmed_by) if one}:
            actor = Actor(person_id, None, Permission.IMPORT_WRITE, clock())
            if not await scope.reaches(session, actor, row.organisation_id):
                await checking.refuse(session, row.id, flaws.RightEnded(), clock())
                return False
    async with _patient(engine) as session:
        lines = await checking.kept_lines(session, row.id)
    diff = await _compared(engine, row, lines, row.ignored_columns)
    if diff.digest != row.diff_digest:
        await _keep(engine, clock, row, diff, has_moved=True)
        return False
    async with transaction(engine) as session:
        await merging.mark_due(session, row.id, clock())
    return True


async def _merge(engine: AsyncEngine, clock: Clock, import_id: UUID) -> None:
    """Chunk by chunk; one that is too much, or that the database refuses, in halves down to the row at fault."""
    at_most = merging.MERGED_AT_ONCE
    while True:
        try:
            async with transaction(engine) as session:
                if not await merging.merge_some(session, import_id, at_most, clock()):
                    return
            at_most = min(2 * at_most, merging.MERGED_AT_ONCE)
        except IntegrityError as refusal:
            if at_most == 1:
                async with transaction(engine) as session:
                    await merging.refuse_next(session, import_id, _constraint(refusal))
            at_most = max(at_most // 2, 1)
        except OperationalError as failure:
            if not isinstance(failure.orig, QueryCanceled) or at_most == 1:
                raise
            at_most = max(at_most // 2, 1)


def _constraint(refusal: IntegrityError) -> str | None:
    name: str | None = getattr(getattr(refusal.orig, "diag", None), "constraint_name", None)
    return name


@asynccontextmanager
async def _patient(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A transaction that can write nothing and may take its time."""
    async with transaction(engine) as session:
        connection = await session.connection()
        await connection.execute(READ_ONLY)
        for line in PATIENT:
            await connection.execute(line)
        yield session


@asynccontextmanager
async def _alone(engine: AsyncEngine, key: int) -> AsyncIterator[None]:
    """One at a time in the whole deployment. A connection holds the lock, so it goes when the process does.

    Raises ImportWaits.
    """
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        if not await connection.scalar(TRY_LOCK, {"lock": key}):
            raise ImportWaits
        try:
            yield
        finally:
            await connection.execute(SET_RLS_PURPOSE, {"lock": key})
