"""Checks that a domain adds to `grassroots doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

from service.foundation.settings import Settings

WIDEST = {4: 8, 6: 16}
"""IP version → the shortest prefix (bits) of a private network that a setting may allow."""


@dataclass(frozen=True)
class SettingsCheck:
    """A check of the settings. `find` returns the problem, or None; the sentences show it as `{found}`.

    `stops`: production does not start while the check fails.
    """

    word: str
    stops: bool
    find: Callable[[Settings], str | None]
    zh: str
    en: str


@dataclass(frozen=True)
class RowsCheck:
    """A check of the database: it fails when `statement` selects a row.

    `{found}` lists the first column of the rows.
    """

    word: str
    stops: bool
    statement: str
    zh: str
    en: str
