"""Merge staged lines into the divisions in chunks; each chunk is one transaction and repeatable.

The chunks follow the order of the codes. The code of a parent is a prefix of its children's codes, so the parent comes
first. Equal divisions are neither written nor locked, so an interrupted import that runs again continues where it
stopped. Each chunk adds its counts to the row of the import.
"""

from dataclasses import dataclass
from datetime import date
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, tuple_row

from service.operations.imports.progress import Progress, Report, Stage
from service.operations.imports.targets.divisions.checks import long_read

MERGED_ROWS = 2_000
MIN_ROWS = 100

FIXED_PLAN = "SET enable_seqscan = off; SET enable_sort = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
"""Fixed query plan. The tables can grow a hundredfold between two runs of ANALYZE, and a plan for ten rows is too slow
for a million. So a chunk always comes from the index of codes, and each row finds its division by primary key."""

MERGE: LiteralString = """
WITH chunk AS MATERIALIZED (
    SELECT code, name, level, parent_code FROM division_staged
    WHERE import_id = %(import_id)s AND code > %(after)s ORDER BY code LIMIT %(rows)s
), differing AS MATERIALIZED (
    SELECT chunk.*, existing.code IS NULL AS is_new
    FROM chunk LEFT JOIN division AS existing ON existing.code = chunk.code
    WHERE existing.code IS NULL OR existing.valid_until IS NOT NULL
    OR (existing.name, existing.level, existing.parent_code)
        IS DISTINCT FROM (chunk.name, chunk.level, chunk.parent_code)
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
"""Valid divisions that are not in the file but below a division of the file."""

RETIRE: LiteralString = """
WITH tally AS (
    UPDATE division_import SET retired = retired + cardinality(%(codes)s::text[]) WHERE id = %(import_id)s
)
UPDATE division SET valid_until = greatest(%(as_of)s, valid_from), import_id = %(import_id)s
WHERE code = ANY (%(codes)s)
"""


@dataclass(frozen=True)
class DivisionMerge:
    """The merge of one import."""

    connection: AsyncConnection[TupleRow]
    import_id: UUID
    as_of: date
    report: Report

    async def merge(self, total: int, rows: int) -> None:
        """Merge all `total` staged lines, `rows` per chunk; fewer after a statement timeout."""
        await self.connection.execute(FIXED_PLAN)
        after, merged_count = "", 0
        while merged_count < total:
            try:
                after, chunk_count = await self._merge_chunk(after, rows)
            except psycopg.errors.QueryCanceled:
                if rows <= MIN_ROWS:
                    raise
                rows = max(rows // 4, MIN_ROWS)
                continue
            merged_count += chunk_count
            self.report(Progress(Stage.MERGE, merged_count, merged_count / total))

    async def retire(self, rows: int) -> None:
        """Retire, as of the file's date, divisions that are not in the file but below a division of the file."""
        retired_count = 0
        while codes := await self._missing_codes(rows):
            await self.connection.execute(RETIRE, self._parameters(codes=codes))
            retired_count += len(codes)
            self.report(Progress(Stage.RETIRE, retired_count, 0.0))
        self.report(Progress(Stage.RETIRE, retired_count, 1.0))

    async def _merge_chunk(self, after: str, rows: int) -> tuple[str, int]:
        """Merge the chunk after a code; return its last code and its size."""
        async with self.connection.cursor(row_factory=tuple_row) as cursor:
            await cursor.execute(MERGE, self._parameters(after=after, rows=rows))
            return await cursor.fetchone() or ("", 0)

    async def _missing_codes(self, rows: int) -> list[str]:
        async with long_read(self.connection):
            cursor = await self.connection.execute(MISSING, self._parameters(rows=rows))
            return [row[0] for row in await cursor.fetchall()]

    def _parameters(self, **values: str | int | list[str]) -> dict[str, object]:
        return {"import_id": self.import_id, "as_of": self.as_of, **values}
