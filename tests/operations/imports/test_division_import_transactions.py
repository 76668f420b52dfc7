"""Import of divisions: every write transaction is short, so the feed is not delayed (DESIGN §5.1)."""

from pathlib import Path

import psycopg

from service.foundation.db import driver_url
from service.foundation.settings import Settings
from service.operations.imports.progress import Progress, Stage
from tests.build.divisions import a_division, a_file, run_division_import
from tests.build.watch import LIMIT_S, WRITING, Watch


class WatchChunks(Watch):
    """Also looks for write transactions between the chunks, at each progress report."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._connection = psycopg.connect(driver_url(settings.database_url), autocommit=True)
        self.open_between_chunks: list[Progress] = []
        self.stages: set[Stage] = set()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._connection.close()

    def __call__(self, progress: Progress) -> None:
        self.stages.add(progress.stage)
        if self._connection.execute(WRITING).fetchall():
            self.open_between_chunks.append(progress)


def a_big_file(directory: Path) -> Path:
    """One county with 100 streets of 999 villages each: 100,003 lines."""
    streets = [f"210101{number:03}" for number in range(1, 101)]
    villages = [f"{street}{number:03}" for street in streets for number in range(1, 1000)]
    return a_file(directory, [a_division(code) for code in ["21", "2101", "210101", *streets, *villages]])


async def test_import_of_large_file_has_no_long_write_transaction(settings: Settings, tmp_path: Path) -> None:
    path = a_big_file(tmp_path)

    with WatchChunks(settings) as watch:
        result = await run_division_import(settings, path, retire_missing=True, report=watch)

    assert result.added == 100_003
    assert watch.stages == set(Stage)
    assert watch.open_between_chunks == []
    assert watch.ages_s
    assert max(watch.ages_s) < LIMIT_S


async def test_chunk_with_statement_timeout_is_retried_smaller(settings: Settings, tmp_path: Path) -> None:
    county = [a_division(f"2200{number:02}") for number in range(100)]
    streets = [a_division(f"{row[0]}{number:03}") for row in county for number in range(400)]
    path = a_file(tmp_path, [a_division("22"), a_division("2200"), *county, *streets])
    slow = settings.model_copy(update={"statement_timeout_ms": 400})

    result = await run_division_import(slow, path, staged_rows=1_000, merged_rows=100_000)

    assert result.added == 40_102
