"""How far an import has come, told after every chunk, when no transaction is open."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What the import is doing."""

    READ = "read"
    CHECK = "check"
    MERGE = "merge"
    RETIRE = "retire"
    CLEAR = "clear"


@dataclass(frozen=True)
class Step:
    """A chunk is done. `rows` counts this stage's rows so far; `share` (0–1) of the stage lies behind us."""

    stage: Stage
    rows: int
    share: float


Report = Callable[[Step], None]


def silent(_: Step) -> None:
    """Tells nobody."""
