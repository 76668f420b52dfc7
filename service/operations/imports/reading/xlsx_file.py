"""Read the first sheet of an XLSX file row by row, with bounded memory.

openpyxl in read-only mode is used instead of the faster calamine: it marks formulas and can stop early, and Python's
own unzip never returns more bytes than the archive declares, so their sum is a bound. defusedxml blocks entities.
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

MAX_UNPACKED_BYTES, MAX_MEMBER_BYTES = 100_000_000, 20_000_000
"""Of the archive, and of each member except sheets: openpyxl loads it into memory, such as the shared strings."""
MAX_MEMBERS = 2_000
COLUMNS_READ, ROWS_READ = 201, 200_001
"""One more than a table may have: openpyxl generates the rows that a sheet omits, without limit."""
EXACT_DIGITS = 15
"""Numbers of a spreadsheet are floating point: digits after the fifteenth are lost."""
INVALID_FILE_ERRORS = (
    BadZipFile,
    InvalidFileException,
    ParseError,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
)
"""Errors that openpyxl and zipfile raise for archives that are not workbooks."""
OPENPYXL_ERRORS = (AttributeError, IndexError, NotImplementedError, RuntimeError)


def read_lines(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield number and cells of each row of the first sheet. Raises ImportIssue."""
    number = 1
    try:
        _check_size(content)
        for number, row in enumerate(_read_rows(content), 1):
            yield number, [] if all(cell is EMPTY_CELL for cell in row) else [_read_cell(cell) for cell in row]
    except (*INVALID_FILE_ERRORS, *OPENPYXL_ERRORS) as failure:
        raise ImportIssue(IssueCode.FILE_UNREADABLE, line=number, reason=type(failure).__name__) from None


def _check_size(content: bytes) -> None:
    """Check the declared sizes; unpacking never returns more than these. Raises ImportIssue."""
    with ZipFile(BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
            raise ImportIssue(IssueCode.WORKBOOK_TOO_LARGE, limit_bytes=MAX_UNPACKED_BYTES)
        large = {member.filename for member in members if member.file_size > MAX_MEMBER_BYTES}
        if large and (ARC_CONTENT_TYPES in large or not large <= _sheets(archive)):
            raise ImportIssue(IssueCode.WORKBOOK_TOO_LARGE, limit_bytes=MAX_MEMBER_BYTES)


def _sheets(archive: ZipFile) -> set[str]:
    """The members that the workbook declares as sheets only; the name of a member does not give its type."""
    declared = Manifest.from_tree(fromstring(archive.read(ARC_CONTENT_TYPES))).Override
    others = {part.PartName[1:] for part in declared if part.ContentType != WORKSHEET_TYPE}
    return {part.PartName[1:] for part in declared} - others - {ARC_STYLE, ARC_THEME}


def _read_rows(content: bytes) -> Iterator[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about styles and validations that it ignores
        book = openpyxl.load_workbook(BytesIO(content), read_only=True, keep_links=False)
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the dimensions in a workbook are often wrong
        yield from sheet.iter_rows(max_row=ROWS_READ, max_col=COLUMNS_READ)
    finally:
        book.close()


def _read_cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return ImportIssue(IssueCode.FORMULA_NOT_ACCEPTED)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date | str):
        return value
    return _format_number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _format_number(value: float) -> Cell:
    if not float(value).is_integer():
        return repr(value)
    return str(int(value)) if abs(value) < 10**EXACT_DIGITS else ImportIssue(IssueCode.DIGITS_LOST)
