"""Merging what is staged into the divisions: chunk by chunk, each its own transaction, each repeatable.

The chunks go in the order of the codes. A parent's code is the beginning of its children's, so it sorts before them
and no child is ever without its parent. What is equal already is neither written nor locked; an import killed
anywhere and run again therefore goes on where it stopped. Each chunk adds to the tally in the import's own row.
"""

from dataclasses import dataclass
from datetime import date
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, tuple_row

from service.operations.imports.progress import Report, Stage, Step
from service.operations.imports.targets.divisions.checks import patient

MERGED_ROWS = 2_000
LEAST_ROWS = 100

ALWAYS_THIS_PLAN = (
    "SET enable_seqscan = off; SET enable_sort = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
)
"""The tables grow a hundredfold between two looks of the statistics, and a plan for ten rows is a disaster for a
million: so the chunk comes from the index of codes, and each of its rows looks up its division by key, always."""

MERGE: LiteralString = """
WITH chunk AS MATERIALIZED (
    SELECT code, name, level, parent_code FROM division_staged
    WHERE import_id = %(import_id)s AND code > %(after)s ORDER BY code LIMIT %(rows)s
), differing AS MATERIALIZED (
    SELECT chunk.*, known.code IS NULL AS is_new
    FROM chunk LEFT JOIN division AS known ON known.code = chunk.code
    WHERE known.code IS NULL OR known.valid_until IS NOT NULL
    OR (known.name, known.level, known.parent_code) IS DISTINCT FROM (chunk.name, chunk.level, chunk.parent_code)
), tally AS (
    UPDATE division_import SET
        added = added + (SELECT count(*) FROM differing WHERE is_new),
        changed = changed + (SELECT count(*) FROM differing WHERE NOT is_new)
    WHERE id = %(import_id)s AND EXISTS (SELECT FROM differing)
), written AS (
    INSERT INTO division (code, name, level, parent_code, valid_from, import_id)
    SELECT code, name, level, parent_code, %(as_of)s, %(import_id)s FROM differing
    ON CONFLICT (code) DO UPDATE SET
        name = excluded.name, level = excluded.level, parent_code = excluded.parent_code,
        valid_until = NULL, import_id = excluded.import_id
)
SELECT max(code), count(*) FROM chunk
"""

MISSING: LiteralString = """
WITH absent AS MATERIALIZED (
    SELECT code FROM division WHERE valid_until IS NULL AND NOT EXISTS (
        SELECT FROM division_staged AS staged
        WHERE staged.import_id = %(import_id)s AND staged.code = division.code
    )
), ancestor AS MATERIALIZED (
    SELECT code, unnest(ARRAY[left(code, 2), left(code, 4), left(code, 6), left(code, 9)]) AS above FROM absent
)
SELECT DISTINCT ancestor.code FROM ancestor
JOIN division_staged AS staged ON staged.import_id = %(import_id)s AND staged.code = ancestor.above
ORDER BY code LIMIT %(rows)s
"""
"""Divisions in force that the file does not have, below one that it has."""

RETIRE: LiteralString = """
WITH tally AS (
    UPDATE division_import SET retired = retired + cardinality(%(codes)s::text[]) WHERE id = %(import_id)s
)
UPDATE division SET valid_until = greatest(%(as_of)s, valid_from), import_id = %(import_id)s
WHERE code = ANY (%(codes)s)
"""


@dataclass(frozen=True)
class Merging:
    """One import on its way into the divisions."""

    connection: AsyncConnection[TupleRow]
    import_id: UUID
    as_of: date
    report: Report

    async def merge(self, total: int, rows: int) -> None:
        """Bring in all `total` staged lines, `rows` at a time; fewer when the machine is too slow for so many."""
        await self.connection.execute(ALWAYS_THIS_PLAN)
        after, done = "", 0
        while done < total:
            try:
                after, merged = await self._merge_after(after, rows)
            except psycopg.errors.QueryCanceled:
                if rows <= LEAST_ROWS:
                    raise
                rows = max(rows // 4, LEAST_ROWS)
                continue
            done += merged
            self.report(Step(Stage.MERGE, done, done / total))

    async def retire(self, rows: int) -> None:
        """End, as of the file's date, what the file does not have any more below what it has."""
        done = 0
        while codes := await self._missing(rows):
            await self.connection.execute(RETIRE, self._bound(codes=codes))
            done += len(codes)
            self.report(Step(Stage.RETIRE, done, 0.0))
        self.report(Step(Stage.RETIRE, done, 1.0))

    async def _merge_after(self, after: str, rows: int) -> tuple[str, int]:
        """The last code of the chunk and how many it has."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(MERGE, self._bound(after=after, rows=rows))
            return await cursor.fetchone() or ("", 0)

    async def _missing(self, rows: int) -> list[str]:
        async with patient(self.connection):
            cursor = await self.connection.execute(MISSING, self._bound(rows=rows))
            return [row[0] for row in await cursor.fetchall()]

    def _bound(self, **values: str | int | list[str]) -> dict[str, object]:
        return {"import_id": self.import_id, "as_of": self.as_of, **values}
