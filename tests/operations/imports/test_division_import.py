"""Import of divisions: counts, changes, file formats, one import at a time."""

import gzip
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Level
from service.foundation.db import driver_url
from service.foundation.events.tables import Event
from service.foundation.locks import AdvisoryLock
from service.foundation.settings import Settings
from service.identity.tree.tables import Division, DivisionStaged
from service.operations.imports.errors import DivisionImportRunning
from tests.build import count
from tests.build.divisions import (
    AS_OF,
    HEADER,
    SAMPLE,
    a_division,
    a_file,
    a_folder,
    a_tree,
    csv_text,
    run_division_import,
)


async def read_divisions(session: AsyncSession, province: str) -> list[tuple[str, ...]]:
    """The divisions of a province, as lines of a file."""
    await session.rollback()
    rows = await session.exec(select(Division).where(col(Division.code).startswith(province)).order_by(Division.code))
    return [(row.code, row.name, row.level.value, row.parent_code or "") for row in rows]


async def read_row_versions(session: AsyncSession) -> list[Any]:
    """Row versions and row locks of the table: equal values mean that nothing was written or locked."""
    await session.rollback()
    connection = await session.connection()
    return list((await connection.execute(sa.text("SELECT code, ctid, xmin, xmax FROM division ORDER BY code"))).all())


async def test_import_of_sample_adds_every_division_of_nanjing(settings: Settings, session: AsyncSession) -> None:
    result = await run_division_import(settings, SAMPLE)

    levels = await session.exec(select(Division.level, sa.func.count()).group_by(col(Division.level)))
    assert dict(levels.all()) == {
        Level.PROVINCE: 1,
        Level.PREFECTURE: 1,
        Level.COUNTY: 11,
        Level.TOWNSHIP: 140,
        Level.VILLAGE: 1322,
    }
    assert (result.added, result.changed, result.unchanged, result.retired) == (1475, 0, 0, 0)
    xuanwu = await session.get_one(Division, "320102")
    assert (xuanwu.name, xuanwu.parent_code, xuanwu.valid_from, xuanwu.valid_until) == ("玄武区", "3201", AS_OF, None)
    assert await count(session, DivisionStaged) == 0


async def test_second_import_of_same_file_writes_no_row(settings: Settings, session: AsyncSession) -> None:
    await run_division_import(settings, SAMPLE)
    before = await read_row_versions(session)

    result = await run_division_import(settings, SAMPLE)

    assert (result.added, result.changed, result.unchanged, result.retired) == (0, 0, 1475, 0)
    assert await read_row_versions(session) == before


async def test_import_records_event_with_counts(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    result = await run_division_import(settings, a_file(tmp_path, a_tree("61")))

    event = (await session.exec(select(Event).where(Event.subject_id == result.id))).one()
    assert event.name == "division_import.finished"
    assert event.payload == {"added": 7, "changed": 0, "unchanged": 0, "retired": 0}
    assert event.occurred_at == result.finished_at


async def test_import_changes_only_differing_divisions(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    rows = a_tree("62")
    await run_division_import(settings, a_file(tmp_path, rows))

    renamed = [a_division(row[0], "新名" if row[0] == "6201" else row[1]) for row in rows]
    result = await run_division_import(settings, a_file(tmp_path, renamed))

    assert (result.added, result.changed, result.unchanged) == (0, 1, 6)
    assert await read_divisions(session, "62") == renamed


async def test_partial_file_is_imported_below_existing_divisions(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    await run_division_import(settings, a_file(tmp_path, a_tree("63")))

    result = await run_division_import(
        settings, a_file(tmp_path, [a_division("630101001009"), a_division("630101002")])
    )

    assert (result.added, result.changed, result.unchanged) == (2, 0, 0)


def plain(directory: Path, rows: list[tuple[str, ...]]) -> Path:
    return a_file(directory, rows)


def write_gzip(directory: Path, rows: list[tuple[str, ...]]) -> Path:
    path = directory / "divisions.csv.gz"
    path.write_bytes(gzip.compress(csv_text(rows).encode()))
    return path


def from_excel(directory: Path, rows: list[tuple[str, ...]]) -> Path:
    path = directory / "divisions.csv"
    path.write_text(csv_text(rows), encoding="utf-8-sig", newline="\r\n")
    return path


def in_other_order(directory: Path, rows: list[tuple[str, ...]]) -> Path:
    path = directory / "divisions.csv"
    path.write_text(csv_text([row[::-1] for row in rows[::-1]], HEADER[::-1]) + "\n\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("province", "write"),
    [("71", plain), ("72", write_gzip), ("73", from_excel), ("74", in_other_order), ("75", a_folder)],
)
async def test_all_file_formats_give_same_divisions(
    settings: Settings, session: AsyncSession, tmp_path: Path, province: str, write: Any
) -> None:
    rows = [*a_tree(province), a_division(f"{province}9000", r"名有\反斜杠"), a_division(f"{province}90")]

    await run_division_import(settings, write(tmp_path, rows))

    assert await read_divisions(session, province) == sorted(rows)


async def test_city_without_counties_keeps_its_substitute_county(
    settings: Settings, session: AsyncSession, tmp_path: Path
) -> None:
    dongguan = [a_division(code) for code in ("44", "4419", "441900", "441900003", "441900003001")]

    await run_division_import(settings, a_folder(tmp_path / "dist", dongguan))

    assert await read_divisions(session, "44") == dongguan


async def test_second_concurrent_import_is_refused(settings: Settings, session: AsyncSession, tmp_path: Path) -> None:
    path = a_file(tmp_path, a_tree("64"))
    with psycopg.connect(driver_url(settings.database_url), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.DIVISION_IMPORT.value])

        with pytest.raises(DivisionImportRunning):
            await run_division_import(settings, path)

    assert await read_divisions(session, "64") == []
    assert (await run_division_import(settings, path)).added == 7
