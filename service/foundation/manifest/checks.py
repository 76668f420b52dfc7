"""What a domain adds to `grassroots doctor`."""

from collections.abc import Callable
from dataclasses import dataclass

from service.foundation.settings import Settings

WIDEST = {4: 8, 6: 16}
"""The widest private network that may be allowed in a setting, by family, as bits of its prefix."""


@dataclass(frozen=True)
class SettingsCheck:
    """A check of the settings. `find` says what is wrong, or None; the sentences name it as `{found}`.

    `stops`: production does not start with it.
    """

    word: str
    stops: bool
    find: Callable[[Settings], str | None]
    zh: str
    en: str


@dataclass(frozen=True)
class RowsCheck:
    """A check of the database: it must have no row that `statement` selects; `{found}` lists their first column."""

    word: str
    stops: bool
    statement: str
    zh: str
    en: str
