"""What a line of a file of divisions must be by itself, and the flaws of those that are not. No file, no database."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.identity.organisations import Level
from service.identity.organisations.divisions import errors
from service.identity.organisations.divisions.errors import Flaw

DIGITS = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
"""How many digits the code of each level has (DOMAIN §2.3)."""

LEVEL_OF = {digits: level for level, digits in DIGITS.items()}
ABOVE = dict(zip(LEVEL_OF, [0, *LEVEL_OF], strict=False))
"""Digits of a code → digits of its parent's; a province has none above it."""

NAME_CHARACTERS = 200
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


def flaws_of(line: Line) -> Iterator[Flaw]:
    """What is wrong with a line by itself: its code, what must fit the code, its name."""
    yield from _flaws_of_code(line)
    if not line.name:
        yield errors.NameEmpty(division_code=line.code, file=line.file, line=line.number)
    elif len(line.name) > NAME_CHARACTERS:
        yield errors.NameTooLong(division_code=line.code, limit=NAME_CHARACTERS, file=line.file, line=line.number)
    if CONTROL.search(line.name):
        yield errors.ControlCharacter(value=line.name, file=line.file, line=line.number)


def _flaws_of_code(line: Line) -> Iterator[Flaw]:
    code = line.code
    # isdigit alone would let the full-width digits of a Chinese keyboard pass
    if len(code) not in LEVEL_OF or not (code.isascii() and code.isdigit()):
        yield errors.CodeMalformed(division_code=code, file=line.file, line=line.number)
        return
    if line.level != (expected := LEVEL_OF[len(code)]):
        yield errors.LevelDiffers(
            division_code=code, level=line.level, expected=expected, file=line.file, line=line.number
        )
    if line.parent_code != parent_of(code):
        yield errors.ParentDiffers(
            column="parent_code",
            division_code=code,
            parent_code=line.parent_code,
            expected=parent_of(code),
            file=line.file,
            line=line.number,
        )
