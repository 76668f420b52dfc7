"""Interrupted imports of divisions: a second run continues and gives the same result."""

from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.db import driver_url
from service.foundation.settings import Settings
from service.identity.tree.tables import Division, DivisionImport, DivisionStaged
from service.operations.imports.progress import Progress
from tests.build import count
from tests.build.divisions import a_file, a_tree, run_division_import

CHUNKS = {"staged_rows": 6, "merged_rows": 5}
STEPS = 16
"""6 steps of reading, 2 of checking, 7 of merging, 1 of clearing."""

HOLDER = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
WHERE locktype = 'advisory' AND datname = current_database()
"""


class Killer:
    """Terminates the connection of the import after a number of steps, like a killed process."""

    def __init__(self, settings: Settings, *, after: int) -> None:
        self.settings, self.steps_left = settings, after

    def __call__(self, _: Progress) -> None:
        self.steps_left -= 1
        if self.steps_left == 0:
            with psycopg.connect(driver_url(self.settings.database_url)) as connection:
                assert connection.execute(HOLDER).fetchall() == [(True,)]


@pytest.mark.parametrize("steps", range(1, STEPS + 1))
async def test_import_interrupted_after_any_chunk_continues_to_same_result(
    settings: Settings, session: AsyncSession, tmp_path: Path, steps: int
) -> None:
    rows = a_tree(str(10 + steps), villages=30)
    path = a_file(tmp_path, rows, name=f"{steps}.csv")
    killer = Killer(settings, after=steps)
    with suppress(psycopg.OperationalError):
        await run_division_import(settings, path, report=killer, **CHUNKS)

    await run_division_import(settings, path, **CHUNKS)

    divisions = await session.exec(
        select(Division).where(col(Division.code).startswith(rows[0][0])).order_by(Division.code)
    )
    runs = (await session.exec(select(DivisionImport).where(DivisionImport.source_name == path.name))).all()
    assert killer.steps_left <= 0
    assert [(row.code, row.name, row.level.value, row.parent_code or "") for row in divisions] == rows
    assert sum(run.added for run in runs) == len(rows)
    assert all(run.finished_at for run in runs)
    assert await count(session, DivisionStaged) == 0


async def test_interrupted_import_before_another_import_restarts_as_new(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("51", villages=30)
    path = a_file(tmp_path, rows, name="interrupted.csv")
    with suppress(psycopg.OperationalError):
        await run_division_import(settings, path, report=Killer(settings, after=12), **CHUNKS)
    await run_division_import(settings, a_file(tmp_path, a_tree("52")))

    await run_division_import(settings, path, **CHUNKS)

    runs = (await session.exec(select(DivisionImport).where(DivisionImport.source_name == "interrupted.csv"))).all()
    assert sorted(run.finished_at is None for run in runs) == [False, True]
    assert sum(run.added for run in runs) == len(rows)
