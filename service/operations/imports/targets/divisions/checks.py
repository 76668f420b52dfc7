"""Checks across all lines of the staging table: repeated codes, unknown parents.

The statements run in read-only transactions, which have no transaction id and do not delay the feed. So they may take
longer than writes.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow, dict_row

from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.progress import Progress, Report, Stage
from service.operations.imports.reading.issue_list import MAX_ISSUES, IssueList

LONG_READ: LiteralString = """
SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = '120s'; SET LOCAL enable_nestloop = off;
SET LOCAL enable_seqscan = on; SET LOCAL enable_sort = on; SET LOCAL enable_hashjoin = on
"""
"""All lines are compared with all lines, so hashing or sorting is needed; outdated statistics would choose loops."""

REPEATED_CODES: LiteralString = """
WITH numbered AS (
    SELECT source, line, code, min(line) OVER (PARTITION BY code) AS first_line
    FROM division_staged WHERE import_id = %(import_id)s
)
SELECT source, line, code, first_line, count(*) OVER () AS total
FROM numbered WHERE line > first_line ORDER BY source, line LIMIT %(limit)s
"""

WITHOUT_PARENT: LiteralString = """
WITH without_parent AS MATERIALIZED (
    SELECT source, line, code, parent_code FROM division_staged AS child
    WHERE import_id = %(import_id)s AND parent_code IS NOT NULL AND NOT EXISTS (
        SELECT FROM division_staged AS parent WHERE parent.import_id = %(import_id)s AND parent.code = child.parent_code
    )
)
"""
"""Lines whose parent is not in the file; valid if the database has the parent."""

UNKNOWN_PARENTS: LiteralString = (
    WITHOUT_PARENT
    + """
SELECT source, line, code, parent_code, count(*) OVER () AS total FROM without_parent
WHERE NOT EXISTS (
    SELECT FROM division WHERE division.code = without_parent.parent_code AND division.valid_until IS NULL
)
ORDER BY source, line LIMIT %(limit)s
"""
)

OMITTED_PARENTS: LiteralString = (
    WITHOUT_PARENT  # noqa: S608 - both parts are constants, all values are bound
    + """, ancestor AS MATERIALIZED (
    SELECT source, line, code, parent_code, unnest(ARRAY[left(code, 2), left(code, 4), left(code, 6)]) AS above
    FROM without_parent
), omitted AS (
    SELECT DISTINCT ancestor.source, ancestor.line, ancestor.code, ancestor.parent_code
    FROM ancestor JOIN division_staged AS staged ON staged.code = ancestor.above
    WHERE staged.import_id = %(import_id)s AND ancestor.above < ancestor.parent_code
)
SELECT source, line, code, parent_code, count(*) OVER () AS total FROM omitted ORDER BY source, line LIMIT %(limit)s
"""
)
"""Lines whose parent is missing while a higher ancestor is in the file: the parent would be retired."""


@asynccontextmanager
async def long_read(connection: AsyncConnection[TupleRow]) -> AsyncIterator[None]:
    """A read-only transaction with a long statement timeout."""
    async with connection.transaction():
        await connection.execute(LONG_READ)
        yield


async def check(
    connection: AsyncConnection[TupleRow], import_id: UUID, issues: IssueList, *, retire_missing: bool, report: Report
) -> None:
    """Add the issues found across lines to `issues`.

    Parents are checked only when every line is valid, since each child of an invalid line would be one more issue.
    """
    report(Progress(Stage.CHECK, 0, 0.0))
    async with long_read(connection):
        await _collect(connection, import_id, REPEATED_CODES, _repeated_issue, issues)
        if not issues.total:
            await _collect(connection, import_id, UNKNOWN_PARENTS, _unknown_issue, issues)
        if not issues.total and retire_missing:
            await _collect(connection, import_id, OMITTED_PARENTS, _omitted_issue, issues)
    report(Progress(Stage.CHECK, 0, 1.0))


async def _collect(
    connection: AsyncConnection[TupleRow],
    import_id: UUID,
    statement: LiteralString,
    build_issue: Any,
    issues: IssueList,
) -> None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement, {"import_id": import_id, "limit": MAX_ISSUES})
        rows: Sequence[dict[str, Any]] = await cursor.fetchall()
    if rows:
        issues.add_counted((build_issue(row) for row in rows), rows[0]["total"])


def _repeated_issue(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_CODE_REPEATED,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        first_line=row["first_line"],
    )


def _unknown_issue(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_PARENT_UNKNOWN,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        parent_code=row["parent_code"],
    )


def _omitted_issue(row: Mapping[str, Any]) -> ImportIssue:
    return ImportIssue(
        IssueCode.DIVISION_PARENT_OMITTED,
        file=row["source"],
        row=row["line"],
        division_code=row["code"],
        parent_code=row["parent_code"],
    )
