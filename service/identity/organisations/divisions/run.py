"""One import from the first byte to its event: lock, stage, check, merge, retire, tell.

No transaction of it writes for long (DESIGN §5.1): the connection is in autocommit, so each statement is one, and the
service's `statement_timeout` ends it if it must. Only the import's end and its event are written through a session.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from schemas.events import EventName
from schemas.events.organisations import DivisionsImported
from service.foundation.clock import Clock, system_clock
from service.foundation.db import connection_options, create_engine, driver_url, transaction
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.organisations.divisions import staging
from service.identity.organisations.divisions.checks import check
from service.identity.organisations.divisions.errors import DivisionsRefused, ImportRunning
from service.identity.organisations.divisions.flaws import Flaws
from service.identity.organisations.divisions.merge import MERGED_ROWS, Merging
from service.identity.organisations.divisions.progress import Report, silent
from service.identity.organisations.divisions.source import Source
from service.identity.tree.tables import DivisionImport

LOCK = int.from_bytes(b"division")
"""The key of the advisory lock that one import holds from beginning to end."""

UNFINISHED: LiteralString = """
SELECT id FROM (SELECT * FROM division_import ORDER BY started_at DESC, id DESC LIMIT 1) AS latest
WHERE finished_at IS NULL AND source_sha256 = %(sha256)s AND as_of = %(as_of)s
"""
"""The import of the same file that died, if nothing was imported since."""

BEGIN: LiteralString = """
INSERT INTO division_import (id, source_name, source_sha256, as_of, added, changed, unchanged, retired, started_at)
VALUES (%(id)s, %(name)s, %(sha256)s, %(as_of)s, 0, 0, 0, 0, %(now)s) ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True)
class RequestModel:
    """Which files, as of when, and what becomes of divisions that are not in them. Sizes are rows a transaction."""

    path: Path
    as_of: date
    retire_missing: bool = False
    staged_rows: int = staging.STAGED_ROWS
    merged_rows: int = MERGED_ROWS


async def import_divisions(
    settings: Settings, request: RequestModel, *, clock: Clock = system_clock, report: Report = silent
) -> DivisionImport:
    """Bring the divisions of the files in and return what that changed.

    The same import that died before is taken up again under its id. Raises DivisionsRefused, with nothing merged, for
    files with flaws; ImportRunning when another import is on its way.
    """
    source = Source(request.path)
    sha256 = source.sha256()
    async with _locked(settings) as connection:
        await staging.clear(connection, report)
        import_id = await _unfinished(connection, sha256, request.as_of) or new_id()
        total = await _stage_and_check(connection, import_id, source, request, report)
        values = {"id": import_id, "name": source.name, "sha256": sha256, "as_of": request.as_of, "now": clock()}
        await connection.execute(BEGIN, values)
        merging = Merging(connection, import_id, request.as_of, report)
        await merging.merge(total, request.merged_rows)
        if request.retire_missing:
            await merging.retire(request.merged_rows)
        finished = await _finish(settings, import_id, total, clock)
        await staging.clear(connection, report)
    return finished


@asynccontextmanager
async def _locked(settings: Settings) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """The import's connection, alone with the staging table until it closes."""
    async with await AsyncConnection.connect(
        driver_url(settings.database_url),
        autocommit=True,
        prepare_threshold=None,
        options=connection_options(settings.statement_timeout_ms),
    ) as connection:
        row = await (await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])).fetchone()
        if row != (True,):
            raise ImportRunning
        yield connection


async def _unfinished(connection: AsyncConnection[TupleRow], sha256: str, as_of: date) -> UUID | None:
    row = await (await connection.execute(UNFINISHED, {"sha256": sha256, "as_of": as_of})).fetchone()
    return row[0] if row else None


async def _stage_and_check(
    connection: AsyncConnection[TupleRow], import_id: UUID, source: Source, request: RequestModel, report: Report
) -> int:
    """How many lines are staged, all of them right. Raises DivisionsRefused and leaves nothing staged."""
    flaws = Flaws()
    total = await staging.stage(connection, import_id, source, flaws, rows=request.staged_rows, report=report)
    await check(connection, import_id, flaws, retire_missing=request.retire_missing, report=report)
    try:
        flaws.refuse(source.name)
    except DivisionsRefused:
        await staging.clear(connection, report)
        raise
    return total


async def _finish(settings: Settings, import_id: UUID, total: int, clock: Clock) -> DivisionImport:
    """Close the import's row and write its event, both or neither."""
    engine = create_engine(settings)
    try:
        async with transaction(engine) as session:
            row = await session.get_one(DivisionImport, import_id)
            row.unchanged, row.finished_at = total - row.added - row.changed, clock()
            payload = DivisionsImported(
                added=row.added, changed=row.changed, unchanged=row.unchanged, retired=row.retired
            )
            await record(
                session,
                EventName.DIVISIONS_IMPORTED,
                row,
                actor_id=None,
                occurred_at=row.finished_at,
                payload=payload,
            )
        return row
    finally:
        await engine.dispose()
