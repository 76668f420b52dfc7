"""What a cell says: texts, codes, days, choices. A reader takes a cell and gives a plain value, or raises an issue."""

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
"""A text (empty for an empty cell), a day as a spreadsheet knows it, or what is wrong with the cell itself."""

NAME_CHARACTERS, CODE_CHARACTERS = 200, 64
UNREADABLE = "\ufffd"
BLANKS = str.maketrans("\u3000\u00a0", "  ")
"""The wide blank that pads two-character names, and the one that does not break."""
SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}")
WRITTEN_DAY = re.compile(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))")
CLOCK_TIME = re.compile(r"[ T]0{1,2}:00(:00(\.0+)?)?$")
SERIAL = re.compile(r"[0-9]{5}")
SERIAL_BEGIN = date(1899, 12, 30)
"""Day 0 of a spreadsheet's days, as it is read after its invented 29 February 1900."""


@dataclass(frozen=True)
class Column:
    """One column of a kind of file."""

    field: str
    headings: tuple[str, ...]
    """In Chinese, the usual one first."""
    read: Callable[[Cell], Any]
    is_required: bool = False
    is_needed: bool = False
    """The column must be there, though a cell of it may be empty."""


def text(cell: Cell, limit: int = NAME_CHARACTERS) -> str:
    """A name or title. Raises an issue."""
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


def code(cell: Cell) -> str:
    """A code or number by which a source system knows something. Raises an issue."""
    value = text(cell, CODE_CHARACTERS)
    if SCIENTIFIC.fullmatch(value):
        raise ImportIssue(IssueCode.DIGITS_LOST)
    if any(letter.isspace() for letter in value):
        raise ImportIssue(IssueCode.CODE_MALFORMED, value=value)
    return value


def is_identity_number(value: str) -> bool:
    """Whether it is a citizen's identity number, by its date and check character."""
    plain = value.strip().upper()
    return len(plain) == 18 and plain[:17].isdecimal() and bool(ric.is_valid(plain))


def day(cell: Cell) -> str:
    """A day as ISO 8601, from what people and spreadsheets write: 2026-1-2, 2026/1/2, 2026.1.2, 20260102, 46024."""
    if isinstance(cell, date):
        found: date | None = cell
    else:
        value = CLOCK_TIME.sub("", text(cell))
        found = _serial(value) if SERIAL.fullmatch(value) else _written(value)
    if found is None or not EARLIEST.date() <= found < LATEST.date():
        raise ImportIssue(IssueCode.DAY_UNREADABLE, value=cell.isoformat() if isinstance(cell, date) else str(cell))
    return found.isoformat()


def _serial(value: str) -> date:
    return SERIAL_BEGIN + timedelta(days=int(value))


def _written(value: str) -> date | None:
    parts = WRITTEN_DAY.fullmatch(value)
    if parts is None:
        return None
    year, month, day_of_month = (int(part) for part in parts.groups() if part)
    try:
        return date(year, month, day_of_month)
    except ValueError:
        return None


def choice(words: Mapping[str, str], known: Iterable[str]) -> Callable[[Cell], str]:
    """A reader of one of some words; `known` names them in the issue."""

    def read(cell: Cell) -> str:
        value = text(cell)
        found = words.get(value.lower().replace(" ", "_")) or words.get(value)
        if found is None:
            raise ImportIssue(IssueCode.CHOICE_UNKNOWN, value=value, known=list(known))
        return found

    return read
