"""The issues found so far: the first ones kept, all of them counted."""

from collections.abc import Iterable

from service.operations.imports.errors import DivisionsRefused
from service.operations.imports.issues import ImportIssue

KEPT = 20


class IssueList:
    """Collects while files are read and checked, so that one attempt tells of many issues."""

    def __init__(self) -> None:
        self.first: list[ImportIssue] = []
        self.total = 0

    def add(self, issue: ImportIssue) -> None:
        """Count it; keep it if it is among the first."""
        self.add_counted([issue], 1)

    def add_counted(self, issues: Iterable[ImportIssue], total: int) -> None:
        """Some of `total` issues that were counted elsewhere."""
        self.total += total
        self.first += list(issues)[: KEPT - len(self.first)]

    def refuse(self, source: str) -> None:
        """Raises DivisionsRefused when there is any."""
        if self.total:
            raise DivisionsRefused(source, self.first, self.total)
