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
from psycopg.rows import TupleRow

from service.organisations.divisions.checks import patient
from service.organisations.divisions.progress import Report, Stage, Step

MERGED_ROWS = 5_000
LEAST_ROWS = 100

UPTO: LiteralString = """
SELECT max(code), count(*) FROM (
    SELECT code FROM division_staged WHERE import_id = %(import_id)s AND code > %(after)s
    ORDER BY code LIMIT %(rows)s
) AS chunk
"""

MERGE: LiteralString = """
WITH differing AS MATERIALIZED (
    SELECT staged.code, staged.name, staged.level, staged.parent_code, known.code IS NULL AS is_new
    FROM division_staged AS staged
    LEFT JOIN division AS known
        ON known.code = staged.code AND known.code > %(after)s AND known.code <= %(upto)s
    WHERE staged.import_id = %(import_id)s AND staged.code > %(after)s AND staged.code <= %(upto)s
    AND (known.code IS NULL OR known.valid_until IS NOT NULL
        OR (known.name, known.level, known.parent_code)
        IS DISTINCT FROM (staged.name, staged.level, staged.parent_code))
), tally AS (
    UPDATE division_import SET
        added = added + (SELECT count(*) FROM differing WHERE is_new),
        changed = changed + (SELECT count(*) FROM differing WHERE NOT is_new)
    WHERE id = %(import_id)s AND EXISTS (SELECT FROM differing)
)
INSERT INTO division (code, name, level, parent_code, valid_from, import_id)
SELECT code, name, level, parent_code, %(as_of)s, %(import_id)s FROM differing ORDER BY code
ON CONFLICT (code) DO UPDATE SET
    name = excluded.name, level = excluded.level, parent_code = excluded.parent_code,
    valid_until = NULL, import_id = excluded.import_id
"""

MISSING: LiteralString = """
WITH absent AS MATERIALIZED (
    SELECT code FROM division WHERE valid_until IS NULL AND NOT EXISTS (
        SELECT FROM division_staged AS staged
        WHERE staged.import_id = %(import_id)s AND staged.code = division.code
    )
)
SELECT code FROM absent WHERE EXISTS (
    SELECT FROM division_staged AS above WHERE above.import_id = %(import_id)s
    AND above.code = ANY (ARRAY[left(absent.code, 2), left(absent.code, 4), left(absent.code, 6), left(absent.code, 9)])
)
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
        after, done = "", 0
        while (chunk := await self._chunk_after(after, rows))[1]:
            upto, found = chunk
            try:
                await self._execute(MERGE, after=after, upto=upto)
            except psycopg.errors.QueryCanceled:
                if rows <= LEAST_ROWS:
                    raise
                rows = max(rows // 4, LEAST_ROWS)
                continue
            after, done = upto, done + found
            self.report(Step(Stage.MERGE, done, done / total))

    async def retire(self, rows: int) -> None:
        """End, as of the file's date, what the file does not have any more below what it has."""
        done = 0
        while codes := await self._missing(rows):
            await self._execute(RETIRE, codes=codes)
            done += len(codes)
            self.report(Step(Stage.RETIRE, done, 0.0))
        self.report(Step(Stage.RETIRE, done, 1.0))

    async def _chunk_after(self, after: str, rows: int) -> tuple[str, int]:
        cursor = await self.connection.execute(UPTO, {"import_id": self.import_id, "after": after, "rows": rows})
        found = await cursor.fetchone()
        return (found[0] or "", found[1]) if found else ("", 0)

    async def _missing(self, rows: int) -> list[str]:
        async with patient(self.connection):
            cursor = await self.connection.execute(MISSING, {"import_id": self.import_id, "rows": rows})
            return [row[0] for row in await cursor.fetchall()]

    async def _execute(self, statement: LiteralString, **values: str | list[str]) -> None:
        await self.connection.execute(statement, {"import_id": self.import_id, "as_of": self.as_of} | values)
