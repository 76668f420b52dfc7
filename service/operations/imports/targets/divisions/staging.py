"""Putting lines beside the divisions, a chunk at a time, and taking them away again."""

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from service.operations.imports.progress import Report, Stage, Step
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.targets.divisions.rules import Line
from service.operations.imports.targets.divisions.source import Source

STAGED_ROWS = 5_000
CLEARED_BLOCKS = 200
"""Some 15,000 rows in blocks of 8 kB."""

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
    """Copy every sound line into staging, `rows` to a transaction, and return how many there are.

    A chunk is read and written out in memory before its transaction begins, so none is open while we read.
    """
    lines, staged = source.lines(issues), 0
    while chunk := list(islice(lines, rows)):
        ready = "".join(_copied(import_id, chunk)).encode()
        async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            await copy.write(ready)
        staged += len(chunk)
        report(Step(Stage.READ, staged, source.share))
    return staged


def _copied(import_id: UUID, lines: list[Line]) -> Iterator[str]:
    # a sound line has no tab or line break; of what COPY treats specially only the backslash is left
    for file, number, code, name, level, parent_code in lines:
        texts = "\t".join((file, str(number), code, name, level)).replace("\\", "\\\\")
        yield f"{import_id}\t{texts}\t{parent_code or NULL}\n"


async def clear(connection: AsyncConnection[TupleRow], report: Report) -> None:
    """Empty the staging table, our own lines and those of imports that died; the caller holds the lock.

    By block, because a search for what is left would walk over all that was deleted before it.
    """
    row = await (await connection.execute(BLOCKS)).fetchone()
    blocks = row[0] if row else 0
    for first in range(0, blocks, CLEARED_BLOCKS):
        await connection.execute(CLEAR, [f"({first},0)", f"({first + CLEARED_BLOCKS},0)"])
        report(Step(Stage.CLEAR, 0, min((first + CLEARED_BLOCKS) / blocks, 1.0)))
