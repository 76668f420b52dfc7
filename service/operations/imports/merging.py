"""Merge a confirmed diff, some rows with their events per transaction, until no row is due."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.operations.imports import ImportState, RowOutcome
from service.foundation.errors import DomainError
from service.identity.access.access_log import log_access
from service.operations.imports.checking import COUNTED_OUTCOMES, lock_import
from service.operations.imports.events import event_actor, record_import_event
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.tables import Import, ImportRow
from service.operations.imports.targets import TARGETS
from service.operations.imports.targets.target import MERGED, MergeChunk

ROWS_PER_MERGE = 500
ROWS_PER_ERASE = 500

ROWS_TO_ERASE = sa.text(
    "SELECT number FROM import_row"
    " WHERE import_id = :import_id AND (parsed_line IS NOT NULL OR plan IS NOT NULL OR key IS NOT NULL)"
    " ORDER BY number LIMIT :at_most"
)
# A subquery for the numbers might run once per row, so they are bound instead.
ERASE = sa.text(
    "UPDATE import_row SET parsed_line = NULL, plan = NULL, key = NULL, changes = coalesce(("
    " SELECT jsonb_agg(jsonb_build_object('field', change -> 'field', 'before', NULL, 'after', NULL))"
    " FROM jsonb_array_elements(changes) AS change), '[]')"
    " WHERE import_id = :import_id AND number = ANY(:numbers)"
).bindparams(sa.bindparam("numbers", type_=sa.ARRAY(sa.Integer())))


async def mark_due(session: AsyncSession, import_id: UUID, now: datetime) -> None:
    """Mark the rows to merge; after this a restart continues the merge instead of comparing again."""
    row = await lock_import(session, import_id)
    statement = sa.update(ImportRow).where(col(ImportRow.import_id) == import_id, col(ImportRow.outcome).in_(MERGED))
    await (await session.connection()).execute(statement.values(is_due=True))
    row.merge_started_at = now


async def merge_rows(session: AsyncSession, import_id: UUID, at_most: int, now: datetime) -> int:
    """Merge the next due rows of one step; return how many were due.

    A row whose record has changed since the check is refused with an issue.
    """
    row = await session.get_one(Import, import_id)
    due_rows = await _read_due_rows(session, import_id, at_most)
    if due_rows:
        merged_ids = await TARGETS[row.kind].merge(MergeChunk(session, row, due_rows, now))
        for due_row in due_rows:
            if due_row.subject_id not in merged_ids:
                _refuse_row(due_row, ImportIssue(IssueCode.RECORD_CHANGED_AT_MERGE))
        await _mark_done(session, import_id, due_rows)
    return len(due_rows)


async def _mark_done(session: AsyncSession, import_id: UUID, rows: Sequence[ImportRow]) -> None:
    is_done = col(ImportRow.number).in_([row.number for row in rows])
    statement = sa.update(ImportRow).where(col(ImportRow.import_id) == import_id, is_done).values(is_due=False)
    await (await session.connection()).execute(statement)


async def _read_due_rows(session: AsyncSession, import_id: UUID, at_most: int) -> list[ImportRow]:
    step = sa.select(sa.func.min(ImportRow.step)).where(col(ImportRow.import_id) == import_id, col(ImportRow.is_due))
    statement = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, col(ImportRow.is_due), ImportRow.step == step.scalar_subquery())
        .order_by(col(ImportRow.number))
        .limit(at_most)
    )
    return list((await session.exec(statement)).all())


async def refuse_next_row(session: AsyncSession, import_id: UUID, constraint: str | None) -> None:
    """Refuse the next due row, which violates a constraint of the database."""
    due_rows = await _read_due_rows(session, import_id, 1)
    for row in due_rows:
        error = DomainError.by_constraint.get(constraint or "")
        _refuse_row(row, ImportIssue.of(error()) if error else ImportIssue(IssueCode.CONFLICT_AT_MERGE))
    await _mark_done(session, import_id, due_rows)


def _refuse_row(row: ImportRow, issue: ImportIssue) -> None:
    row.outcome = RowOutcome.REFUSED
    row.issues = [*row.issues, issue.as_json()]


async def erase_rows(session: AsyncSession, import_id: UUID, at_most: int = ROWS_PER_ERASE) -> int:
    """Erase names, numbers and values in some rows of an import that has ended; return how many."""
    connection = await session.connection()
    parameters = {"import_id": import_id, "at_most": at_most}
    numbers = list((await connection.execute(ROWS_TO_ERASE, parameters)).scalars())
    return (await connection.execute(ERASE, {"import_id": import_id, "numbers": numbers})).rowcount


async def finish(session: AsyncSession, import_id: UUID, now: datetime) -> Import:
    """Mark the import as applied; its counts become those of the merged rows."""
    row = await lock_import(session, import_id)
    outcomes = await session.exec(
        select(ImportRow.outcome, sa.func.count()).where(ImportRow.import_id == import_id).group_by(ImportRow.outcome)
    )
    counts = Counter(dict(outcomes.all()))
    for outcome in COUNTED_OUTCOMES:
        setattr(row, outcome.value, counts[outcome])
    row.state, row.finished_at = ImportState.APPLIED, now
    row.version += 1
    await record_import_event(session, EventName.IMPORT_FINISHED, row, now, event_actor(row.confirmed_by))
    await log_access(session, EventName.IMPORT_FINISHED.value, actor_id=row.confirmed_by, subject_id=row.id)
    return row
