"""Merging a confirmed diff: some rows with their events in one short transaction, until none is due."""

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
from service.operations.imports.checking import COUNTED, locked
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.tables import Import, ImportRow
from service.operations.imports.targets import TARGETS
from service.operations.imports.targets.kinds import DUE, Merge
from service.operations.imports.telling import actor_named_by, tell

MERGED_AT_ONCE = 500
EMPTIED_AT_ONCE = 500

FULL = sa.text(
    "SELECT number FROM import_row"
    " WHERE import_id = :import_id AND (given IS NOT NULL OR plan IS NOT NULL OR key IS NOT NULL)"
    " ORDER BY number LIMIT :at_most"
)
# the numbers come from here, since the same as a subquery may be looked up anew for every row
EMPTY = sa.text(
    "UPDATE import_row SET given = NULL, plan = NULL, key = NULL, changes = coalesce(("
    " SELECT jsonb_agg(jsonb_build_object('field', change -> 'field', 'before', NULL, 'after', NULL))"
    " FROM jsonb_array_elements(changes) AS change), '[]')"
    " WHERE import_id = :import_id AND number = ANY(:numbers)"
).bindparams(sa.bindparam("numbers", type_=sa.ARRAY(sa.Integer())))


async def mark_due(session: AsyncSession, import_id: UUID, now: datetime) -> None:
    """Mark what is to be merged; from here on a restart goes on instead of comparing anew."""
    row = await locked(session, import_id)
    due = sa.update(ImportRow).where(col(ImportRow.import_id) == import_id, col(ImportRow.outcome).in_(DUE))
    await (await session.connection()).execute(due.values(is_due=True))
    row.merge_began_at = now


async def merge_some(session: AsyncSession, import_id: UUID, at_most: int, now: datetime) -> int:
    """Write the next due rows of one step; how many there were. What moved meanwhile is left out and told."""
    row = await session.get_one(Import, import_id)
    due = await _due(session, import_id, at_most)
    if due:
        written = await TARGETS[row.kind].merge(Merge(session, row, due, now))
        for one in due:
            if one.subject_id not in written:
                _leave_out(one, ImportIssue(IssueCode.MOVED_MEANWHILE))
        await _done(session, import_id, due)
    return len(due)


async def _done(session: AsyncSession, import_id: UUID, due: Sequence[ImportRow]) -> None:
    numbers = col(ImportRow.number).in_([one.number for one in due])
    done = sa.update(ImportRow).where(col(ImportRow.import_id) == import_id, numbers).values(is_due=False)
    await (await session.connection()).execute(done)


async def _due(session: AsyncSession, import_id: UUID, at_most: int) -> list[ImportRow]:
    step = sa.select(sa.func.min(ImportRow.step)).where(col(ImportRow.import_id) == import_id, col(ImportRow.is_due))
    statement = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, col(ImportRow.is_due), ImportRow.step == step.scalar_subquery())
        .order_by(col(ImportRow.number))
        .limit(at_most)
    )
    return list((await session.exec(statement)).all())


async def refuse_next(session: AsyncSession, import_id: UUID, constraint: str | None) -> None:
    """The database refused the one row that comes next: leave it out and say why."""
    due = await _due(session, import_id, 1)
    for one in due:
        known = DomainError.by_constraint.get(constraint or "")
        _leave_out(one, ImportIssue.of(known()) if known else ImportIssue(IssueCode.CONFLICT_AT_MERGE))
    await _done(session, import_id, due)


def _leave_out(one: ImportRow, issue: ImportIssue) -> None:
    one.outcome = RowOutcome.REFUSED
    one.issues = [*one.issues, issue.as_json()]


async def empty_some(session: AsyncSession, import_id: UUID, at_most: int = EMPTIED_AT_ONCE) -> int:
    """Take names, numbers and values out of some rows of an import that has ended; how many."""
    connection = await session.connection()
    full = {"import_id": import_id, "at_most": at_most}
    numbers = list((await connection.execute(FULL, full)).scalars())
    return (await connection.execute(EMPTY, {"import_id": import_id, "numbers": numbers})).rowcount


async def finish(session: AsyncSession, import_id: UUID, now: datetime) -> Import:
    """All is merged: the counts are what was done."""
    row = await locked(session, import_id)
    outcomes = await session.exec(
        select(ImportRow.outcome, sa.func.count()).where(ImportRow.import_id == import_id).group_by(ImportRow.outcome)
    )
    counts = Counter(dict(outcomes.all()))
    for outcome in COUNTED:
        setattr(row, outcome.value, counts[outcome])
    row.state, row.finished_at = ImportState.APPLIED, now
    row.version += 1
    await tell(session, EventName.IMPORT_FINISHED, row, now, actor_named_by(row.confirmed_by))
    await log_access(session, EventName.IMPORT_FINISHED.value, actor_id=row.confirmed_by, subject_id=row.id)
    return row
