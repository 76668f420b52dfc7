"""Fill and clear the staging table of divisions, in chunks."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from service.operations.imports.progress import Progress, Report, Stage
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.targets.divisions.rules import DivisionLine
from service.operations.imports.targets.divisions.source import Source

STAGED_ROWS = 5_000
CLEARED_BLOCKS = 200
"""About 15,000 rows in blocks of 8 kB."""

COPY = "COPY division_staged (import_id, source, line, code, name, level, parent_code) FROM STDIN"
BLOCKS = "SELECT pg_relation_size('division_staged') / current_setting('block_size')::int"
CLEAR = "DELETE FROM division_staged WHERE ctid >= %s::tid AND ctid < %s::tid"
NULL = r"\N"


async def stage(
    connection: AsyncConnection[TupleRow],
    import_id: UUID,
    source: Source,
    issues: IssueList,
    *,
    rows: int,
    report: Report,
) -> int:
    """Copy the valid lines into the staging table, `rows` per transaction; return their number.

    A chunk is prepared in memory before its transaction starts, so no transaction is open while the file is read.
    """
    lines, staged = source.lines(issues), 0
    while chunk := list(islice(lines, rows)):
        text = "".join(_copy_lines(import_id, chunk)).encode()
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            await copy.write(text)
        staged += len(chunk)
        report(Progress(Stage.READ, staged, source.share))
    return staged


def _copy_lines(import_id: UUID, lines: list[DivisionLine]) -> Iterator[str]:
    # A valid line has no tab or line break; the only other special character of COPY is the backslash.
    for file, number, code, name, level, parent_code in lines:
        texts = "\t".join((file, str(number), code, name, level)).replace("\\", "\\\\")
        yield f"{import_id}\t{texts}\t{parent_code or NULL}\n"


async def clear_staging(connection: AsyncConnection[TupleRow], report: Report) -> None:
    """Delete all rows of the staging table, also those of interrupted imports; the caller holds the lock.

    Rows are deleted by block: a search for remaining rows would scan all rows deleted before.
    """
    row = await (await connection.execute(BLOCKS)).fetchone()
    blocks = row[0] if row else 0
    for first in range(0, blocks, CLEARED_BLOCKS):
        await connection.execute(CLEAR, [f"({first},0)", f"({first + CLEARED_BLOCKS},0)"])
        report(Progress(Stage.CLEAR, 0, min((first + CLEARED_BLOCKS) / blocks, 1.0)))
