"""The flaws found so far: the first ones kept, all of them counted."""

from collections.abc import Iterable

from service.identity.organisations.divisions.errors import DivisionsRefused, Flaw

KEPT = 20


class Flaws:
    """Collects while files are read and checked, so that one attempt tells of many flaws."""

    def __init__(self) -> None:
        self.first: list[Flaw] = []
        self.total = 0

    def add(self, flaw: Flaw) -> None:
        """Count it; keep it if it is among the first."""
        self.add_counted([flaw], 1)

    def add_counted(self, flaws: Iterable[Flaw], total: int) -> None:
        """Some of `total` flaws that were counted elsewhere."""
        self.total += total
        self.first += list(flaws)[: KEPT - len(self.first)]

    def refuse(self, source: str) -> None:
        """Raises DivisionsRefused when there is any."""
        if self.total:
            raise DivisionsRefused(source, self.first, self.total)
