"""XLSX, streamed: the first sheet's cells, never more in memory than a row and the workbook's texts, which are bounded.

openpyxl in its read-only mode, and not the faster calamine: it says which cells are formulas, it can stop early, and
Python's own unzip never gives more bytes than the archive declared, so the sum of those is a bound. defusedxml keeps
entities out.
"""

import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.packaging.manifest import Manifest
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import ARC_CONTENT_TYPES, ARC_STYLE, ARC_THEME, WORKSHEET_TYPE
from openpyxl.xml.functions import fromstring

from service.operations.imports.cells import Cell
from service.operations.imports.issues import ImportIssue, IssueCode

UNPACKED_BYTES, HELD_BYTES = 100_000_000, 20_000_000
"""Of the archive; and of each member but the sheets: openpyxl holds it whole, the table of texts above all."""
MEMBERS = 2_000
COLUMNS_READ, ROWS_READ = 201, 200_001
"""One more of each than a table may have: openpyxl makes up the rows a sheet leaves out, up to any number."""
EXACT_DIGITS = 15
"""A spreadsheet's numbers are floating point: beyond fifteen digits the last ones are gone."""
BROKEN = (BadZipFile, InvalidFileException, ParseError, zlib.error, KeyError, ValueError, TypeError, EOFError, OSError)
"""What openpyxl raises for archives that are not workbooks, by what it happens to stumble over."""
STUMBLED = (AttributeError, IndexError, NotImplementedError, RuntimeError)


def lines(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Number and cells of every row of the first sheet. Raises an ImportIssue."""
    number = 1
    try:
        _must_be_bounded(content)
        for number, row in enumerate(_rows(content), 1):
            yield number, [] if all(cell is EMPTY_CELL for cell in row) else [_cell(cell) for cell in row]
    except (*BROKEN, *STUMBLED) as failure:
        raise ImportIssue(IssueCode.FILE_UNREADABLE, line=number, reason=type(failure).__name__) from None


def _must_be_bounded(content: bytes) -> None:
    """By what the archive declares; unpacking stops there, whatever more it holds. Raises an ImportIssue."""
    with ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED_BYTES:
            raise ImportIssue(IssueCode.WORKBOOK_TOO_LARGE, limit_bytes=UNPACKED_BYTES)
        large = {member.filename for member in members if member.file_size > HELD_BYTES}
        if large and (ARC_CONTENT_TYPES in large or not large <= _sheets(archive)):
            raise ImportIssue(IssueCode.WORKBOOK_TOO_LARGE, limit_bytes=HELD_BYTES)


def _sheets(archive: ZipFile) -> set[str]:
    """The members that the workbook declares to be sheets and nothing else: what a member is, is not in its name."""
    declared = Manifest.from_tree(fromstring(archive.read(ARC_CONTENT_TYPES))).Override
    others = {part.PartName[1:] for part in declared if part.ContentType != WORKSHEET_TYPE}
    return {part.PartName[1:] for part in declared} - others - {ARC_STYLE, ARC_THEME}


def _rows(content: bytes) -> Iterator[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of styles and validations that it leaves aside
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a workbook says of its size is often wrong
        yield from sheet.iter_rows(max_row=ROWS_READ, max_col=COLUMNS_READ)
    finally:
        book.close()


def _cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return ImportIssue(IssueCode.FORMULA_NOT_TAKEN)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date | str):
        return value
    return _number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _number(value: float) -> Cell:
    whole = int(value) if float(value).is_integer() else None
    if whole is None:
        return repr(value)
    return str(whole) if abs(whole) < 10**EXACT_DIGITS else ImportIssue(IssueCode.DIGITS_LOST)
