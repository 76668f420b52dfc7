"""Compare a file with the records and store the diff as rows; after a crash it starts again."""

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
from service.operations.imports.events import record_import_event
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line, Table, read_table
from service.operations.imports.tables import Import, ImportFile, ImportRow
from service.operations.imports.targets import TARGETS
from service.operations.imports.targets.target import Plan, PlannedRow

ROWS_PER_CHUNK = 1_000
COUNTED_OUTCOMES = (
    RowOutcome.ADDED,
    RowOutcome.CHANGED,
    RowOutcome.ENDED,
    RowOutcome.UNCHANGED,
    RowOutcome.MISSING,
    RowOutcome.REFUSED,
)


INSERT_ROWS = sa.text(
    "INSERT INTO import_row"
    " (import_id, number, line, key, outcome, subject_id, parsed_line, plan, changes, issues, step, is_due)"
    " SELECT :import_id, number, line, key, outcome, subject_id, parsed_line, plan, changes, issues, step, false"
    " FROM jsonb_to_recordset(:rows) AS row (number int, line int, key text, outcome text, subject_id uuid,"
    " parsed_line jsonb, plan jsonb, changes jsonb, issues jsonb, step int)"
).bindparams(sa.bindparam("rows", type_=JSON), sa.bindparam("import_id", type_=sa.Uuid()))


@dataclass(frozen=True)
class Diff:
    """A plan with the digest that identifies its content."""

    plan: Plan
    ignored_columns: list[str]
    """Headings of the file that no column has."""
    digest: bytes

    @property
    def row_values(self) -> list[dict[str, Any]]:
        return [_row_values(row) for row in self.plan.rows]


async def read_file(session: AsyncSession, import_id: UUID) -> bytes | None:
    """The bytes of the file; None when it was read already."""
    return await session.scalar(select(ImportFile.content).where(ImportFile.import_id == import_id))


def parse_file(row: Import, content: bytes) -> Table:
    """Parse the lines of a file. Slow and without database: run it in a thread. Raises ImportIssue."""
    return read_table(content, TARGETS[row.kind].columns)


async def read_lines(session: AsyncSession, import_id: UUID) -> list[Line]:
    """The lines of the file as stored in the rows of the diff."""
    rows = await session.exec(
        select(ImportRow.number, ImportRow.parsed_line)
        .where(ImportRow.import_id == import_id, col(ImportRow.line).is_not(None))
        .order_by(col(ImportRow.number))
    )
    return [Line(number, parsed["values"], parsed["issues"]) for number, parsed in rows if parsed]


async def load_existing(session: AsyncSession, row: Import, lines: Sequence[Line]) -> Any:
    """Load the records that the lines are compared with."""
    return await TARGETS[row.kind].load_existing(session, row, lines)


def build_diff(row: Import, lines: Sequence[Line], existing: Any, ignored_columns: list[str]) -> Diff:
    """Compare lines with existing records. Slow and without database: run it in a thread."""
    plan = TARGETS[row.kind].build_plan(row, lines, existing)
    content = [[item.number, item.key, item.outcome, item.plan, item.changes, item.issues] for item in plan.rows]
    return Diff(plan, ignored_columns, hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest())


def _row_values(row: PlannedRow) -> dict[str, Any]:
    parsed_line = {"values": row.line.values, "issues": row.line.issues} if row.line else None
    return {
        "number": row.number,
        "line": row.line.number if row.line else None,
        "key": row.key,
        "outcome": row.outcome,
        "subject_id": str(row.subject_id) if row.subject_id else None,
        "parsed_line": parsed_line,
        "plan": row.plan,
        "changes": row.changes,
        "issues": row.issues,
        "step": row.step,
    }


async def delete_rows(session: AsyncSession, import_id: UUID, at_most: int = ROWS_PER_CHUNK) -> int:
    """Delete some rows of an outdated diff; return how many."""
    numbers = select(ImportRow.number).where(ImportRow.import_id == import_id).limit(at_most)
    statement = sa.delete(ImportRow).where(col(ImportRow.import_id) == import_id, col(ImportRow.number).in_(numbers))
    return (await (await session.connection()).execute(statement)).rowcount


async def insert_rows(session: AsyncSession, import_id: UUID, rows: Iterable[dict[str, Any]]) -> None:
    """Insert some rows of a diff."""
    await (await session.connection()).execute(INSERT_ROWS, {"import_id": import_id, "rows": list(rows)})


async def finish_check(
    session: AsyncSession, import_id: UUID, diff: Diff, now: datetime, *, has_changed: bool
) -> ImportState:
    """Store the counts of the diff, delete the file and set the state to checked or refused."""
    row = await lock_import(session, import_id)
    if row.state not in {ImportState.UPLOADED, ImportState.CONFIRMED}:
        return row.state  # it was discarded during the comparison
    counts = Counter(item.outcome for item in diff.plan.rows)
    for outcome in COUNTED_OUTCOMES:
        setattr(row, outcome.value, counts[outcome])
    row.lines = sum(item.line is not None for item in diff.plan.rows)
    row.leavers, row.covered = diff.plan.leavers, diff.plan.covered
    row.ignored_columns, row.diff_digest = diff.ignored_columns, diff.digest
    row.issues = [*([ImportIssue(IssueCode.RECORDS_CHANGED).as_json()] if has_changed else []), *diff.plan.issues]
    if row.refused and row.mode is ImportMode.ALL_OR_NOTHING:
        row.issues.append(ImportIssue(IssueCode.ROWS_REFUSED, refused=row.refused).as_json())
        row.state, row.finished_at = ImportState.REFUSED, now
    else:
        row.state = ImportState.CHECKED
    row.checked_at, row.confirmed_at, row.confirmed_by = now, None, None
    await _record_check(session, row, now)
    return row.state


async def refuse_import(session: AsyncSession, import_id: UUID, issue: ImportIssue, now: datetime) -> None:
    """Refuse the whole import: the file is unusable, or a person has lost the right."""
    row = await lock_import(session, import_id)
    row.state, row.issues, row.checked_at, row.finished_at = ImportState.REFUSED, [issue.as_json()], now, now
    await _record_check(session, row, now)


async def lock_import(session: AsyncSession, import_id: UUID) -> Import:
    """Load and lock an import."""
    statement = select(Import).where(Import.id == import_id).with_for_update(key_share=True)
    return (await session.exec(statement.execution_options(populate_existing=True))).one()


async def _record_check(session: AsyncSession, row: Import, now: datetime) -> None:
    row.version += 1
    await delete_file(session, row.id)
    await record_import_event(session, EventName.IMPORT_CHECKED, row, now)


async def delete_file(session: AsyncSession, import_id: UUID) -> None:
    """Delete the stored file of an import."""
    statement = sa.delete(ImportFile).where(col(ImportFile.import_id) == import_id)
    await (await session.connection()).execute(statement)
