"""A list that stores the first issues and counts all."""

from collections.abc import Iterable

from service.operations.imports.errors import DivisionsRefused
from service.operations.imports.issues import ImportIssue

MAX_ISSUES = 20


class IssueList:
    """Collects issues while files are read and checked, so that one run reports many of them."""

    def __init__(self) -> None:
        self.first: list[ImportIssue] = []
        self.total = 0

    def add(self, issue: ImportIssue) -> None:
        """Count an issue; store it if it is among the first."""
        self.add_counted([issue], 1)

    def add_counted(self, issues: Iterable[ImportIssue], total: int) -> None:
        """Add some of `total` issues that were counted elsewhere."""
        self.total += total
        self.first += list(issues)[: MAX_ISSUES - len(self.first)]

    def raise_if_any(self, source: str) -> None:
        """Raises DivisionsRefused if there is an issue."""
        if self.total:
            raise DivisionsRefused(source, self.first, self.total)
