"""What can only be seen when all lines lie side by side: codes that repeat, parents that are nowhere.

Read-only statements over the staging table. They may take longer than a writing one may, because a transaction
that writes nothing has no number and so holds up nobody's feed.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, dict_row

from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.progress import Report, Stage, Step
from service.operations.imports.reading.issue_list import KEPT, IssueList

PATIENT: LiteralString = """
SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '120s'; SET LOCAL enable_nestloop = off;
SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on; SET LOCAL enable_hashjoin = on
"""
"""All lines are compared with all: by hashing or sorting, whatever stale statistics say of how few there are."""

REPEATED: LiteralString = """
WITH numbered AS (
    SELECT source, line, code, min(line) OVER (PARTITION BY code) AS first_line
    FROM division_staged WHERE import_id = %(import_id)s
)
SELECT source, line, code, first_line, count(*) OVER () AS total
FROM numbered WHERE line > first_line ORDER BY source, line LIMIT %(kept)s
"""

ADRIFT: LiteralString = """
WITH adrift AS MATERIALIZED (
    SELECT source, line, code, parent_code FROM division_staged AS child
    WHERE import_id = %(import_id)s AND parent_code IS NOT NULL AND NOT EXISTS (
        SELECT FROM division_staged AS parent WHERE parent.import_id = %(import_id)s AND parent.code = child.parent_code
    )
)
"""
"""Lines whose parent is not in the file: the tops of the file, as far as the database knows the parent."""

UNKNOWN: LiteralString = (
    ADRIFT
    + """
SELECT source, line, code, parent_code, count(*) OVER () AS total FROM adrift
WHERE NOT EXISTS (
    SELECT FROM division WHERE division.code = adrift.parent_code AND division.valid_until IS NULL
)
ORDER BY source, line LIMIT %(kept)s
"""
)

LEFT_OUT: LiteralString = (
    ADRIFT  # noqa: S608 - both halves are our own text, every value is bound
    + """, ancestor AS MATERIALIZED (
    SELECT source, line, code, parent_code, unnest(ARRAY[left(code, 2), left(code, 4), left(code, 6)]) AS above
    FROM adrift
), held AS (
    SELECT DISTINCT ancestor.source, ancestor.line, ancestor.code, ancestor.parent_code
    FROM ancestor JOIN division_staged AS staged ON staged.code = ancestor.above
    WHERE staged.import_id = %(import_id)s AND ancestor.above < ancestor.parent_code
)
SELECT source, line, code, parent_code, count(*) OVER () AS total FROM held ORDER BY source, line LIMIT %(kept)s
"""
)
"""Lines without their parent although something further up is in the file, so that the parent would be retired."""


@asynccontextmanager
async def patient(connection: AsyncConnection[TupleRow]) -> AsyncIterator[None]:
    """A transaction that can write nothing and may take its time."""
    async with connection.transaction():
        await connection.execute(PATIENT)
        yield


async def check(
    connection: AsyncConnection[TupleRow], import_id: UUID, issues: IssueList, *, retire_missing: bool, report: Report
) -> None:
    """Add what is wrong between the lines to `issues`.

    Parents are looked for only when every line is right by itself: else each child of a wrong line would be an issue.
    """
    report(Step(Stage.CHECK, 0, 0.0))
    async with patient(connection):
        await _collect(connection, import_id, REPEATED, _repeated, issues)
        if not issues.total:
            await _collect(connection, import_id, UNKNOWN, _unknown, issues)
        if not issues.total and retire_missing:
            await _collect(connection, import_id, LEFT_OUT, _left_out, issues)
    report(Step(Stage.CHECK, 0, 1.0))


async def _collect(
    connection: AsyncConnection[TupleRow], import_id: UUID, statement: LiteralString, told: Any, issues: IssueList
) -> None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, {"import_id": import_id, "kept": KEPT})
        rows: Sequence[dict[str, Any]] = await cursor.fetchall()
    if rows:
        issues.add_counted((told(row) for row in rows), rows[0]["total"])


def _repeated(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_CODE_REPEATED,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        first_line=row["first_line"],
    )


def _unknown(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_PARENT_UNKNOWN,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        parent_code=row["parent_code"],
    )


def _left_out(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_PARENT_LEFT_OUT,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        parent_code=row["parent_code"],
    )
