"""Parse a file into a table: its columns, and the values or issues of each line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.operations.imports.cells import Cell, Column, is_identity_number
from service.operations.imports.issues import ImportIssue, IssueCode, printable
from service.operations.imports.reading import csv_file

MAX_LINES, MAX_COLUMNS = 50_000, 200
MAX_ROWS = 200_000
"""Rows read at most, with blank ones: a sheet may be formatted down to its last row."""
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Line:
    """A parsed line: field → text, date in ISO 8601, or None; with the issues of its cells."""

    number: int
    values: dict[str, Any]
    issues: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """All parsed lines, and the headings that no column has."""

    lines: list[Line]
    ignored_columns: list[str]


def read_table(content: bytes, columns: Sequence[Column]) -> Table:
    """Parse a CSV or XLSX file. Raises ImportIssue for an issue of the whole file."""
    rows = _read_rows(content)
    _, header = next(rows, (1, []))
    positions, ignored_columns = _locate_columns(header, columns)
    lines: list[Line] = []
    for number, row in rows:
        if len(lines) >= MAX_LINES:
            raise ImportIssue(IssueCode.TOO_MANY_LINES, limit=MAX_LINES)
        _refuse_identity_numbers(number, row, positions)
        lines.append(_parse_line(number, row, columns, positions))
    if not lines:
        raise ImportIssue(IssueCode.NO_LINES)
    return Table(lines, ignored_columns)


def _read_rows(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows that are not blank. Raises ImportIssue for an old workbook or too many rows."""
    if content.startswith(OLE):
        raise ImportIssue(IssueCode.OLD_WORKBOOK)
    rows: Iterator[tuple[int, Any]] = (
        _read_xlsx_lines(content) if content.startswith(ZIP) else csv_file.read_lines(content)
    )
    for number, row in rows:
        if number > MAX_ROWS:
            raise ImportIssue(IssueCode.TOO_MANY_LINES, limit=MAX_LINES)
        if any(cell != "" for cell in row):
            yield number, row


def _read_xlsx_lines(content: bytes) -> Iterator[tuple[int, Any]]:
    # Imported here: only the worker reads files, so the API does not load openpyxl (20 MB).
    from service.operations.imports.reading import xlsx_file

    return xlsx_file.read_lines(content)


def _locate_columns(header: list[Cell], columns: Sequence[Column]) -> tuple[dict[str, int], list[str]]:
    """Map each field to the position of its column; list the other headings.

    Raises ImportIssue for a missing or repeated column, or too many columns.
    """
    headings = [cell.strip() if isinstance(cell, str) else "" for cell in header]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MAX_COLUMNS:
        raise ImportIssue(IssueCode.TOO_MANY_COLUMNS, limit=MAX_COLUMNS)
    if not headings:
        raise ImportIssue(IssueCode.NO_LINES)
    fields = {normalise_heading(name): column.field for column in columns for name in (column.field, *column.headings)}
    positions: dict[str, int] = {}
    ignored_columns = []
    for position, heading in enumerate(headings):
        field_name = fields.get(normalise_heading(heading))
        if field_name is None:
            ignored_columns += [printable(heading)] if heading else []
        elif field_name in positions:
            first = positions[field_name] + 1
            raise ImportIssue(IssueCode.COLUMN_REPEATED, heading=heading, first=first, second=position + 1)
        else:
            positions[field_name] = position
    for column in columns:
        if (column.is_required or column.must_exist) and column.field not in positions:
            raise ImportIssue(IssueCode.COLUMN_MISSING, zh_heading=column.headings[0], en_heading=column.field)
    return positions, ignored_columns


def normalise_heading(heading: str) -> str:
    """Normalise a heading: `* 姓 名（必填）` becomes 姓名."""
    plain = heading.lower().partition("（")[0].partition("(")[0]
    return "".join(letter for letter in plain if not letter.isspace() and letter not in "*_-")


def _refuse_identity_numbers(number: int, row: list[Cell], positions: dict[str, int]) -> None:
    """Raises ImportIssue for an identity number in any column except credit codes, which look similar."""
    for position, cell in enumerate(row):
        if isinstance(cell, str) and is_identity_number(cell) and position != positions.get("credit_code"):
            raise ImportIssue(IssueCode.IDENTITY_NUMBERS, line=number, place=position + 1)


def _parse_line(number: int, row: list[Cell], columns: Sequence[Column], positions: dict[str, int]) -> Line:
    line = Line(number, {})
    for column in columns:
        position = positions.get(column.field, len(row))
        cell = row[position] if position < len(row) else ""
        try:
            line.values[column.field] = _parse_cell(cell, column)
        except ImportIssue as issue:
            line.values[column.field] = None
            line.issues.append(issue.as_json(column.field))
    return line


def _parse_cell(cell: Cell, column: Column) -> Any:
    """Raises ImportIssue."""
    if isinstance(cell, str) and not cell.strip():
        if column.is_required:
            raise ImportIssue(IssueCode.VALUE_MISSING)
        return None
    return column.parse(cell)
