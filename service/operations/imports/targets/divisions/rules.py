"""Rules for a single line of a file of divisions, on plain values."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.identity.organisations.divisions import DIGITS
from service.operations.imports.cells import NAME_CHARACTERS
from service.operations.imports.issues import ImportIssue, IssueCode

LEVEL_OF = {digits: level for level, digits in DIGITS.items()}
PARENT_DIGITS = dict(zip(LEVEL_OF, [0, *LEVEL_OF], strict=False))
"""Digits of a code → digits of its parent's code; 0 for a province."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class DivisionLine(NamedTuple):
    """A division as a line of a file; `parent_code` of a province is empty."""

    file: str
    number: int
    code: str
    name: str
    level: str
    parent_code: str


def parent_of(code: str) -> str:
    """The code of the parent division; empty for a province.

    Statistical codes invent a county for a city without counties (东莞 4419 → 441900), so every parent is one level up.
    """
    return code[: PARENT_DIGITS[len(code)]]


def check_line(line: DivisionLine) -> Iterator[ImportIssue]:
    """Yield the issues of a single line: its code, level, parent code and name."""
    yield from _check_code(line)
    if not line.name:
        yield ImportIssue(IssueCode.DIVISION_NAME_EMPTY, division_code=line.code, file=line.file, row=line.number)
    elif len(line.name) > NAME_CHARACTERS:
        yield ImportIssue(
            IssueCode.DIVISION_NAME_TOO_LONG,
            division_code=line.code,
            limit=NAME_CHARACTERS,
            file=line.file,
            row=line.number,
        )
    if CONTROL.search(line.name):
        yield ImportIssue(IssueCode.DIVISION_CONTROL_CHARACTER, value=line.name, file=line.file, row=line.number)


def _check_code(line: DivisionLine) -> Iterator[ImportIssue]:
    code = line.code
    # isdigit alone would accept the full-width digits of a Chinese keyboard
    if len(code) not in LEVEL_OF or not (code.isascii() and code.isdigit()):
        yield ImportIssue(IssueCode.DIVISION_CODE_MALFORMED, division_code=code, file=line.file, row=line.number)
        return
    if line.level != (expected := LEVEL_OF[len(code)]):
        yield ImportIssue(
            IssueCode.DIVISION_LEVEL_DIFFERS,
            division_code=code,
            level=line.level,
            expected=expected,
            file=line.file,
            row=line.number,
        )
    if line.parent_code != parent_of(code):
        yield ImportIssue(
            IssueCode.DIVISION_PARENT_DIFFERS,
            heading="parent_code",
            division_code=code,
            parent_code=line.parent_code,
            expected=parent_of(code),
            file=line.file,
            row=line.number,
        )
