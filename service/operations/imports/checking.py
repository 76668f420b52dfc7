"""Comparing a file with what is on record: the diff as rows, in short transactions, begun anew after a crash."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.operations.imports import ImportMode, ImportState, RowOutcome
from service.foundation.columns import JSON
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line, Table, read
from service.operations.imports.tables import Import, ImportFile, ImportRow
from service.operations.imports.targets import TARGETS
from service.operations.imports.targets.kinds import Plan, Planned
from service.operations.imports.telling import tell

ROWS_AT_ONCE = 1_000
COUNTED = (
    RowOutcome.ADDED,
    RowOutcome.CHANGED,
    RowOutcome.ENDED,
    RowOutcome.UNCHANGED,
    RowOutcome.MISSING,
    RowOutcome.REFUSED,
)


KEEP = sa.text(
    "INSERT INTO import_row"
    " (import_id, number, line, key, outcome, subject_id, given, plan, changes, issues, step, is_due)"
    " SELECT :import_id, number, line, key, outcome, subject_id, given, plan, changes, issues, step, false"
    " FROM jsonb_to_recordset(:rows) AS row (number int, line int, key text, outcome text, subject_id uuid,"
    " given jsonb, plan jsonb, changes jsonb, issues jsonb, step int)"
).bindparams(sa.bindparam("rows", type_=JSON), sa.bindparam("import_id", type_=sa.Uuid()))


@dataclass(frozen=True)
class Diff:
    """A plan, the headings that were ignored, and the digest by which it is known again."""

    plan: Plan
    ignored: list[str]
    digest: bytes

    @property
    def row_values(self) -> list[dict[str, Any]]:
        return [_values(one) for one in self.plan.rows]


async def content(session: AsyncSession, import_id: UUID) -> bytes | None:
    """The file, until it is read."""
    return await session.scalar(select(ImportFile.content).where(ImportFile.import_id == import_id))


def table(row: Import, content: bytes) -> Table:
    """The lines of the file. Takes its time and no database: for a thread. Raises an issue of the whole file."""
    return read(content, TARGETS[row.kind].columns)


async def kept_lines(session: AsyncSession, import_id: UUID) -> list[Line]:
    """The lines again, as they were read from the file."""
    rows = await session.exec(
        select(ImportRow.number, ImportRow.given)
        .where(ImportRow.import_id == import_id, col(ImportRow.line).is_not(None))
        .order_by(col(ImportRow.number))
    )
    return [Line(number, given["values"], given["issues"]) for number, given in rows if given]


async def world(session: AsyncSession, row: Import, lines: Sequence[Line]) -> Any:
    """What is on record and matters to the lines."""
    return await TARGETS[row.kind].world(session, row, lines)


def compared(row: Import, lines: Sequence[Line], known: Any, ignored: list[str]) -> Diff:
    """The diff. Plain values alone: for a thread."""
    plan = TARGETS[row.kind].plan(row, lines, known)
    told = [[one.number, one.key, one.outcome, one.plan, one.changes, one.issues] for one in plan.rows]
    return Diff(plan, ignored, hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest())


def _values(one: Planned) -> dict[str, Any]:
    given = {"values": one.line.values, "issues": one.line.issues} if one.line else None
    return {
        "number": one.number,
        "line": one.line.number if one.line else None,
        "key": one.key,
        "outcome": one.outcome,
        "subject_id": str(one.subject_id) if one.subject_id else None,
        "given": given,
        "plan": one.plan,
        "changes": one.changes,
        "issues": one.issues,
        "step": one.step,
    }


async def forget_rows(session: AsyncSession, import_id: UUID, at_most: int = ROWS_AT_ONCE) -> int:
    """Remove some rows of a diff that holds no more; how many."""
    some = select(ImportRow.number).where(ImportRow.import_id == import_id).limit(at_most)
    gone = sa.delete(ImportRow).where(col(ImportRow.import_id) == import_id, col(ImportRow.number).in_(some))
    return (await (await session.connection()).execute(gone)).rowcount


async def keep_rows(session: AsyncSession, import_id: UUID, rows: Iterable[dict[str, Any]]) -> None:
    """Write some rows of a diff."""
    await (await session.connection()).execute(KEEP, {"import_id": import_id, "rows": list(rows)})


async def conclude(
    session: AsyncSession, import_id: UUID, diff: Diff, now: datetime, *, has_moved: bool
) -> ImportState:
    """The diff is there: to be confirmed, or refused when a bad row is too many. The file goes."""
    row = await locked(session, import_id)
    if row.state not in {ImportState.UPLOADED, ImportState.CONFIRMED}:
        return row.state  # discarded while it was compared
    counts = Counter(one.outcome for one in diff.plan.rows)
    for outcome in COUNTED:
        setattr(row, outcome.value, counts[outcome])
    row.lines = sum(one.line is not None for one in diff.plan.rows)
    row.leavers, row.covered = diff.plan.leavers, diff.plan.covered
    row.ignored_columns, row.diff_digest = diff.ignored, diff.digest
    row.issues = [*([ImportIssue(IssueCode.WORLD_MOVED).as_json()] if has_moved else []), *diff.plan.issues]
    if row.refused and row.mode is ImportMode.ALL_OR_NOTHING:
        row.issues.append(ImportIssue(IssueCode.ROWS_REFUSED, refused=row.refused).as_json())
        row.state, row.finished_at = ImportState.REFUSED, now
    else:
        row.state = ImportState.CHECKED
    row.checked_at, row.confirmed_at, row.confirmed_by = now, None, None
    await _checked(session, row, now)
    return row.state


async def refuse(session: AsyncSession, import_id: UUID, issue: ImportIssue, now: datetime) -> None:
    """The file as a whole cannot be taken, or whoever asked may not any more."""
    row = await locked(session, import_id)
    row.state, row.issues, row.checked_at, row.finished_at = ImportState.REFUSED, [issue.as_json()], now, now
    await _checked(session, row, now)


async def locked(session: AsyncSession, import_id: UUID) -> Import:
    """The import, locked."""
    statement = select(Import).where(Import.id == import_id).with_for_update(key_share=True)
    return (await session.exec(statement.execution_options(populate_existing=True))).one()


async def _checked(session: AsyncSession, row: Import, now: datetime) -> None:
    row.version += 1
    await drop_file(session, row.id)
    await tell(session, EventName.IMPORT_CHECKED, row, now)


async def drop_file(session: AsyncSession, import_id: UUID) -> None:
    """The bytes are read, or not wanted any more."""
    gone = sa.delete(ImportFile).where(col(ImportFile.import_id) == import_id)
    await (await session.connection()).execute(gone)
