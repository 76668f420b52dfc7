"""Import of people: rows a second from the file to persons, postings and events, as a share of COPY of the same lines.

New people each round, all good, alternating with COPY into a table of texts on the same server in one run, medians.
ReadSession, comparing twice, showing and merging are all in it. Never a timed test.
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
    """One line: `import rows=12000 share_of_copy=0.NNN …`."""
    with database() as where:
        settings = Settings(database_url=where.service_url)
        engine = create_engine(settings)
        try:
            return await _measured(engine, settings, where.owner_url)
        finally:
            await engine.dispose()


async def _measured(engine: AsyncEngine, settings: Settings, owner_url: str) -> str:
    async with transaction(engine) as session:
        root = await build.an_organisation(session)
        for number in range(OFFICES):
            await build.an_organisation(session, under=root, code=f"bench-{number}")
    ours, copied = [], []
    for number in range(ROUNDS):
        lines = [(f"{number}-{line}", f"某{line}", f"bench-{line % OFFICES}", "干部") for line in range(LINES)]
        copied.append(LINES / _copy(owner_url, lines))
        ours.append(LINES / await _import(engine, settings, root.id, people(*lines)))
    mine, bare = statistics.median(ours), statistics.median(copied)
    return f"import rows={LINES} share_of_copy={mine / bare:.4f} rows_per_s={mine:.0f} copy_rows_per_s={bare:.0f}"


def _copy(owner_url: str, lines: list[tuple[str, ...]]) -> float:
    """Seconds that the lines take as texts into a table that nothing looks at."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE copied (a text, b text, c text, d text)")
        began = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        return time.perf_counter() - began


async def _import(engine: AsyncEngine, settings: Settings, root_id: UUID, content: bytes) -> float:
    """Seconds from the upload to the end of the merge."""
    request = ImportCreate(kind=ImportKind.PEOPLE, mode=ImportMode.ALL_OR_NOTHING, organisation_id=root_id)
    import_id, began = new_id(), time.perf_counter()
    async with transaction(engine) as session:
        row = actions.build_import(import_id, request, None, system_clock(), b"")
        session.add(row)
        await actions.store_file(session, row, content, len(content), system_clock())
    await running.check_import(engine, system_clock, import_id)
    async with transaction(engine) as session:
        row = await session.get_one(Import, import_id)
        await actions.mark_confirmed(session, row, ImportConfirm(), settings, system_clock(), None)
    await running.apply_import(engine, system_clock, import_id)
    return time.perf_counter() - began
