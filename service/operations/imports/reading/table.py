"""A file as a table: which columns it has, and each line's values or issues."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.operations.imports.cells import Cell, Column, is_identity_number
from service.operations.imports.issues import ImportIssue, IssueCode, shown
from service.operations.imports.reading import csv_file

LINES, COLUMNS = 50_000, 200
ROWS_LOOKED_AT = 200_000
"""Blank ones among them: a sheet may be formatted down to its end."""
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Line:
    """A line of the file as far as it could be read: field → text, day as ISO 8601, or None."""

    number: int
    values: dict[str, Any]
    issues: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """All lines, and the headings nobody asked for."""

    lines: list[Line]
    ignored: list[str]


def read(content: bytes, columns: Sequence[Column]) -> Table:
    """Raises one of the issues of a file as a whole."""
    rows = _rows(content)
    _, header = next(rows, (1, []))
    places, ignored = _places(header, columns)
    lines: list[Line] = []
    for number, row in rows:
        if len(lines) >= LINES:
            raise ImportIssue(IssueCode.TOO_MANY_LINES, limit=LINES)
        _must_hold_no_identity_number(number, row, places)
        lines.append(_line(number, row, columns, places))
    if not lines:
        raise ImportIssue(IssueCode.NO_LINES)
    return Table(lines, ignored)


def _rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that hold anything. Raises an ImportIssue for an old workbook or too many rows, even blank ones."""
    if content.startswith(OLE):
        raise ImportIssue(IssueCode.OLD_WORKBOOK)
    rows: Iterator[tuple[int, Any]] = _xlsx_lines(content) if content.startswith(ZIP) else csv_file.lines(content)
    for number, row in rows:
        if number > ROWS_LOOKED_AT:
            raise ImportIssue(IssueCode.TOO_MANY_LINES, limit=LINES)
        if any(cell != "" for cell in row):
            yield number, row


def _xlsx_lines(content: bytes) -> Iterator[tuple[int, Any]]:
    # imported here: only the worker reads files, the API need not hold openpyxl (20 MB)
    from service.operations.imports.reading import xlsx_file

    return xlsx_file.lines(content)


def _places(header: list[Cell], columns: Sequence[Column]) -> tuple[dict[str, int], list[str]]:
    """Field → place of its column. Raises an ImportIssue when one is missing, repeated or too many."""
    headings = [cell.strip() if isinstance(cell, str) else "" for cell in header]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > COLUMNS:
        raise ImportIssue(IssueCode.TOO_MANY_COLUMNS, limit=COLUMNS)
    if not headings:
        raise ImportIssue(IssueCode.NO_LINES)
    fields = {spelled(name): column.field for column in columns for name in (column.field, *column.headings)}
    places: dict[str, int] = {}
    ignored = []
    for place, heading in enumerate(headings):
        known = fields.get(spelled(heading))
        if known is None:
            ignored += [shown(heading)] if heading else []
        elif known in places:
            raise ImportIssue(IssueCode.COLUMN_REPEATED, heading=heading, first=places[known] + 1, second=place + 1)
        else:
            places[known] = place
    for column in columns:
        if (column.is_required or column.is_needed) and column.field not in places:
            raise ImportIssue(IssueCode.COLUMN_MISSING, zh_heading=column.headings[0], en_heading=column.field)
    return places, ignored


def spelled(heading: str) -> str:
    """A heading without what people decorate it with: `* 姓 名（必填）` is 姓名."""
    plain = heading.lower().partition("（")[0].partition("(")[0]
    return "".join(letter for letter in plain if not letter.isspace() and letter not in "*_-")


def _must_hold_no_identity_number(number: int, row: list[Cell], places: dict[str, int]) -> None:
    """Raises an ImportIssue, for any column but that of credit codes, which have eighteen characters too."""
    for place, cell in enumerate(row):
        if isinstance(cell, str) and is_identity_number(cell) and place != places.get("credit_code"):
            raise ImportIssue(IssueCode.IDENTITY_NUMBERS, line=number, place=place + 1)


def _line(number: int, row: list[Cell], columns: Sequence[Column], places: dict[str, int]) -> Line:
    line = Line(number, {})
    for column in columns:
        place = places.get(column.field, len(row))
        cell = row[place] if place < len(row) else ""
        try:
            line.values[column.field] = _value(cell, column)
        except ImportIssue as issue:
            line.values[column.field] = None
            line.issues.append(issue.as_json(column.field))
    return line


def _value(cell: Cell, column: Column) -> Any:
    """Raises an issue."""
    if isinstance(cell, str) and not cell.strip():
        if column.is_required:
            raise ImportIssue(IssueCode.VALUE_MISSING)
        return None
    return column.read(cell)
