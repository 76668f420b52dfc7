"""Progress of an import, reported after each chunk while no transaction is open."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stage of an import."""

    READ = "read"
    CHECK = "check"
    MERGE = "merge"
    RETIRE = "retire"
    CLEAR = "clear"


@dataclass(frozen=True)
class Progress:
    """The progress of a stage after a chunk."""

    stage: Stage
    rows: int
    """Rows of this stage so far."""
    share: float
    """Completed share of the stage, 0 to 1."""


Report = Callable[[Progress], None]
"""Called after each chunk."""


def ignore_progress(_: Progress) -> None:
    """A report that does nothing."""
