"""What a line of a file of divisions must be by itself, and the issues of those that are not. No file, no database."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from service.identity.organisations.divisions import DIGITS
from service.operations.imports.cells import NAME_CHARACTERS
from service.operations.imports.issues import ImportIssue, IssueCode

LEVEL_OF = {digits: level for level, digits in DIGITS.items()}
ABOVE = dict(zip(LEVEL_OF, [0, *LEVEL_OF], strict=False))
"""Digits of a code → digits of its parent's; a province has none above it."""

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Line(NamedTuple):
    """A division as a file tells it. `parent_code` of a province is the empty text."""

    file: str
    number: int
    code: str
    name: str
    level: str
    parent_code: str


def parent_of(code: str) -> str:
    """The code of the division above, empty for a province. A city without counties has one made up for it in the
    statistical codes (东莞 4419 → 441900), so every code hangs on the one a level above.
    """
    return code[: ABOVE[len(code)]]


def issues_of(line: Line) -> Iterator[ImportIssue]:
    """What is wrong with a line by itself: its code, what must fit the code, its name."""
    yield from _issues_of_code(line)
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


def _issues_of_code(line: Line) -> Iterator[ImportIssue]:
    code = line.code
    # isdigit alone would let the full-width digits of a Chinese keyboard pass
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
