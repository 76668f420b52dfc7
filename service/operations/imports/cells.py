"""Parsers of cells: text, code, date, choice. Each returns a plain value or raises an ImportIssue."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic_core import PydanticCustomError
from stdnum.cn import ric

from schemas.foundation.common import EARLIEST, LATEST, SECRECY_MARKS
from service.operations.imports.issues import ImportIssue, IssueCode

Cell = str | date | ImportIssue
"""The content of a cell: a text (empty for an empty cell), a date of a spreadsheet, or an issue of the cell."""

NAME_CHARACTERS, CODE_CHARACTERS = 200, 64
UNREADABLE = "\ufffd"
BLANKS = str.maketrans("\u3000\u00a0", "  ")
"""The ideographic space, which pads two-character names, and the no-break space."""
SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}")
DATE_PATTERN = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
CLOCK_TIME = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
SERIAL = re.compile(r"[0-9]{5}")
SERIAL_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of spreadsheet dates from 1 March 1900 on; spreadsheets count a 29 February 1900 that did not exist."""


@dataclass(frozen=True)
class Column:
    """One column of a file."""

    field: str
    headings: tuple[str, ...]
    """Accepted Chinese headings, the usual one first."""
    parse: Callable[[Cell], Any]
    is_required: bool = False
    """The column must exist and no cell of it may be empty."""
    must_exist: bool = False
    """The column must exist; a cell of it may be empty."""


def parse_text(cell: Cell, limit: int = NAME_CHARACTERS) -> str:
    """Parse a name or title. Raises ImportIssue."""
    if isinstance(cell, ImportIssue):
        raise cell
    value = cell.isoformat() if isinstance(cell, date) else cell.translate(BLANKS).strip()
    if not value.isprintable() or UNREADABLE in value:
        raise ImportIssue(IssueCode.CONTROL_CHARACTER)
    if len(value) > limit:
        raise ImportIssue(IssueCode.VALUE_TOO_LONG, limit=limit)
    try:
        return SECRECY_MARKS.checked(value)
    except PydanticCustomError:
        raise ImportIssue(IssueCode.SECRECY_MARK) from None


def parse_code(cell: Cell) -> str:
    """Parse a code or number of a source system. Raises ImportIssue."""
    value = parse_text(cell, CODE_CHARACTERS)
    if SCIENTIFIC.fullmatch(value):
        raise ImportIssue(IssueCode.DIGITS_LOST)
    if any(letter.isspace() for letter in value):
        raise ImportIssue(IssueCode.CODE_MALFORMED, value=value)
    return value


def is_identity_number(value: str) -> bool:
    """Whether the value is a citizen's identity number, by its date and check character."""
    plain = value.strip().upper()
    return len(plain) == 18 and plain[:17].isdecimal() and bool(ric.is_valid(plain))


def parse_day(cell: Cell) -> str:
    """Parse a date into ISO 8601. Raises ImportIssue.

    Accepts 2026-1-2, 2026/1/2, 2026.1.2, 2026年1月2日, 20260102 and the serial number 46024.
    """
    if isinstance(cell, date):
        day: date | None = cell
    else:
        value = CLOCK_TIME.sub("", parse_text(cell))
        day = _from_serial(value) if SERIAL.fullmatch(value) else _from_text(value)
    if day is None or not EARLIEST.date() <= day < LATEST.date():
        raise ImportIssue(IssueCode.DAY_UNREADABLE, value=cell.isoformat() if isinstance(cell, date) else str(cell))
    return day.isoformat()


def _from_serial(value: str) -> date:
    return SERIAL_DAY_ZERO + timedelta(days=int(value))


def _from_text(value: str) -> date | None:
    parts = DATE_PATTERN.fullmatch(value)
    if parts is None:
        return None
    year, month, day_of_month = (int(part) for part in parts.groups() if part)
    try:
        return date(year, month, day_of_month)
    except ValueError:
        return None


def choice_parser(synonyms: Mapping[str, str], choices: Iterable[str]) -> Callable[[Cell], str]:
    """Build a parser that maps spellings to choices; the issue lists `choices`."""

    def parse_choice(cell: Cell) -> str:
        value = parse_text(cell)
        choice = synonyms.get(value.lower().replace(" ", "_")) or synonyms.get(value)
        if choice is None:
            raise ImportIssue(IssueCode.CHOICE_UNKNOWN, value=value, known=list(choices))
        return choice

    return parse_choice
