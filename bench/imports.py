"""Benchmark of imports: rows per second of an import of people, compared with COPY of the same rows.

Each round imports new valid people, alternating with COPY into a text table on the same server in one run, medians. It
includes reading, comparing twice and merging. It is no timed test.
"""

import statistics
import time
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.database import database
from schemas.operations.imports import ImportConfirm, ImportCreate, ImportKind, ImportMode
from service.foundation.clock import system_clock
from service.foundation.db import create_engine, transaction
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.imports import actions, running
from service.operations.imports.tables import Import
from tests import build
from tests.build.imports import people

ROUNDS, LINES, OFFICES = 3, 12_000, 60


async def run() -> str:
    """Return one line: `import rows=12000 share_of_copy=0.NNN …`."""
    with database() as database_:
        settings = Settings(database_url=database_.service_url)
        engine = create_engine(settings)
        try:
            return await _measure(engine, settings, database_.owner_url)
        finally:
            await engine.dispose()


async def _measure(engine: AsyncEngine, settings: Settings, owner_url: str) -> str:
    async with transaction(engine) as session:
        root = await build.an_organisation(session)
        for number in range(OFFICES):
            await build.an_organisation(session, under=root, code=f"bench-{number}")
    import_rates, copy_rates = [], []
    for number in range(ROUNDS):
        lines = [(f"{number}-{line}", f"某{line}", f"bench-{line % OFFICES}", "干部") for line in range(LINES)]
        copy_rates.append(LINES / _copy(owner_url, lines))
        import_rates.append(LINES / await _import(engine, settings, root.id, people(*lines)))
    import_rate, copy_rate = statistics.median(import_rates), statistics.median(copy_rates)
    share = import_rate / copy_rate
    return f"import rows={LINES} share_of_copy={share:.4f} rows_per_s={import_rate:.0f} copy_rows_per_s={copy_rate:.0f}"


def _copy(owner_url: str, lines: list[tuple[str, ...]]) -> float:
    """Return the seconds for COPY of the rows into a temporary text table."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE copied (a text, b text, c text, d text)")
        start_s = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        return time.perf_counter() - start_s


async def _import(engine: AsyncEngine, settings: Settings, root_id: UUID, content: bytes) -> float:
    """Return the seconds from the upload to the end of the merge."""
    request = ImportCreate(kind=ImportKind.PEOPLE, mode=ImportMode.ALL_OR_NOTHING, organisation_id=root_id)
    import_id, start_s = new_id(), time.perf_counter()
    async with transaction(engine) as session:
        row = actions.build_import(import_id, request, None, system_clock(), b"")
        session.add(row)
        await actions.store_file(session, row, content, len(content), system_clock())
    await running.check_import(engine, system_clock, import_id)
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        await actions.mark_confirmed(session, row, ImportConfirm(), settings, system_clock(), None)
    await running.apply_import(engine, system_clock, import_id)
    return time.perf_counter() - start_s
