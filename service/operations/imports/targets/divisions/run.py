"""Run an import of divisions: lock, stage, check, merge, retire, record the event.

Every write transaction is short (DESIGN §5.1): the connection is in autocommit mode, so each statement is its own
transaction under the service's `statement_timeout`. Only the end of the import and its event use a session.
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
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.locks import TRY_SESSION_LOCK, AdvisoryLock
from service.foundation.settings import Settings
from service.identity.tree.tables import DivisionImport
from service.operations.imports.errors import DivisionImportRunning, DivisionsRefused
from service.operations.imports.progress import Report, ignore_progress
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.targets.divisions import staging
from service.operations.imports.targets.divisions.checks import check
from service.operations.imports.targets.divisions.merge import MERGED_ROWS, DivisionMerge
from service.operations.imports.targets.divisions.source import Source

UNFINISHED: LiteralString = """
SELECT id FROM (SELECT * FROM division_import ORDER BY started_at DESC, id DESC LIMIT 1) AS latest
WHERE finished_at IS NULL AND source_sha256 = %(sha256)s AND as_of = %(as_of)s
"""
"""The interrupted import of the same file, if it is the latest import."""

BEGIN: LiteralString = """
INSERT INTO division_import (id, source_name, source_sha256, as_of, added, changed, unchanged, retired, started_at)
VALUES (%(id)s, %(name)s, %(sha256)s, %(as_of)s, 0, 0, 0, 0, %(now)s) ON CONFLICT (id) DO NOTHING
"""


@dataclass(frozen=True)
class DivisionFiles:
    """The files of an import and its options; sizes are rows per transaction."""

    path: Path
    as_of: date
    retire_missing: bool = False
    staged_rows: int = staging.STAGED_ROWS
    merged_rows: int = MERGED_ROWS


async def import_divisions(
    settings: Settings, request: DivisionFiles, *, clock: Clock = system_clock, report: Report = ignore_progress
) -> DivisionImport:
    """Import divisions from files; return the import with its counts.

    An interrupted import of the same files continues under its id. Raises DivisionsRefused for files with issues
    (nothing is merged), DivisionImportRunning while another import runs.
    """
    source = Source(request.path)
    sha256 = source.sha256()
    async with _connect_and_lock(settings) as connection:
        await staging.clear_staging(connection, report)
        import_id = await _find_unfinished_import(connection, sha256, request.as_of) or new_id()
        total = await _stage_and_check(connection, import_id, source, request, report)
        values = {"id": import_id, "name": source.name, "sha256": sha256, "as_of": request.as_of, "now": clock()}
        await connection.execute(BEGIN, values)
        merging = DivisionMerge(connection, import_id, request.as_of, report)
        await merging.merge(total, request.merged_rows)
        if request.retire_missing:
            await merging.retire(request.merged_rows)
        row = await _finish(settings, import_id, total, clock)
        await staging.clear_staging(connection, report)
    return row


@asynccontextmanager
async def _connect_and_lock(settings: Settings) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection that holds the lock of division imports until it closes."""
    async with await AsyncConnection.connect(
        driver_url(settings.database_url),
        autocommit=True,
        prepare_threshold=None,
        options=connection_options(settings.statement_timeout_ms),
    ) as connection:
        row = await (await connection.execute(TRY_SESSION_LOCK, [AdvisoryLock.DIVISION_IMPORT.value])).fetchone()
        if row != (True,):
            raise DivisionImportRunning
        yield connection


async def _find_unfinished_import(connection: AsyncConnection[TupleRow], sha256: str, as_of: date) -> UUID | None:
    row = await (await connection.execute(UNFINISHED, {"sha256": sha256, "as_of": as_of})).fetchone()
    return row[0] if row else None


async def _stage_and_check(
    connection: AsyncConnection[TupleRow], import_id: UUID, source: Source, request: DivisionFiles, report: Report
) -> int:
    """Stage and check all lines; return their number. Raises DivisionsRefused, with nothing staged."""
    issues = IssueList()
    total = await staging.stage(connection, import_id, source, issues, rows=request.staged_rows, report=report)
    await check(connection, import_id, issues, retire_missing=request.retire_missing, report=report)
    try:
        issues.raise_if_any(source.name)
    except DivisionsRefused:
        await staging.clear_staging(connection, report)
        raise
    return total


async def _finish(settings: Settings, import_id: UUID, total: int, clock: Clock) -> DivisionImport:
    """Finish the row of the import and record its event in one transaction."""
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
                actor=SYSTEM,
                occurred_at=row.finished_at,
                payload=payload,
            )
        return row
    finally:
        await engine.dispose()
