"""What a kind of import declares (`Target`), and the plan that it builds: the rows of the diff."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.operations.imports import RowOutcome
from service.foundation.columns import JSON
from service.operations.imports.cells import Column
from service.operations.imports.issues import ImportIssue
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import, ImportRow

Existing = TypeVar("Existing")
MERGED = frozenset({RowOutcome.ADDED, RowOutcome.CHANGED, RowOutcome.ENDED})
"""The outcomes that the merge writes."""


@dataclass
class PlannedRow:
    """A row of the diff: what happens to one line, or to a record that no line mentions."""

    number: int
    line: Line | None
    key: str | None
    outcome: RowOutcome = RowOutcome.UNCHANGED
    subject_id: UUID | None = None
    plan: dict[str, Any] | None = None
    changes: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    step: int = 0

    @property
    def values(self) -> dict[str, Any]:
        """The values of the line; empty for a row without a line."""
        return self.line.values if self.line else {}

    def refuse(self, column: str | None, issue: ImportIssue) -> None:
        """Refuse the row and add the issue."""
        self.outcome, self.plan, self.changes = RowOutcome.REFUSED, None, []
        self.issues.append(issue.as_json(column))

    def note(self, column: str | None, issue: ImportIssue) -> None:
        """Add an issue without refusing the row."""
        self.issues.append(issue.as_json(column))

    @property
    def is_good(self) -> bool:
        return self.outcome is not RowOutcome.REFUSED

    def change(self, name: str, before: Any, after: Any) -> None:
        """Add the change of a field; nothing if the value stays the same."""
        if before != after:
            self.changes.append({"field": name, "before": before, "after": after})


@dataclass(frozen=True)
class Plan:
    """All rows of the diff."""

    rows: list[PlannedRow]
    issues: list[dict[str, Any]] = field(default_factory=list)
    """Issues of the whole file."""
    leavers: int = 0
    """Persons among the covered ones that no line lists."""
    covered: int = 0
    """Persons on record that a complete file should list."""


@dataclass(frozen=True)
class MergeChunk:
    """Due rows of one step that are merged in one transaction."""

    session: AsyncSession
    import_: Import
    rows: Sequence[ImportRow]
    at: datetime

    async def execute(self, statement: sa.TextClause, plans: Sequence[dict[str, Any]], **parameters: Any) -> set[UUID]:
        """Run a statement with the plans as `:rows`; return the ids that it returns."""
        if not plans:
            return set()
        connection = await self.session.connection()
        values = {"rows": list(plans), **parameters}
        return set((await connection.execute(statement.bindparams(ROWS), values)).scalars())

    def plans(self, action: str) -> list[dict[str, Any]]:
        """The plans of the rows with this action."""
        return [row.plan for row in self.rows if row.plan and row.plan["does"] == action]


ROWS = sa.bindparam("rows", type_=JSON)


@dataclass(frozen=True)
class Target(Generic[Existing]):
    """One kind of import."""

    columns: tuple[Column, ...]
    load_existing: Callable[[AsyncSession, Import, Sequence[Line]], Awaitable[Existing]]
    """Load the records that the lines are compared with."""
    build_plan: Callable[[Import, Sequence[Line], Existing], Plan]
    """Build the diff, without database access."""
    merge: Callable[[MergeChunk], Awaitable[set[UUID]]]
    """Write the rows of a chunk with their events; return the subject ids of the written rows.

    A row that is not written was changed by another transaction since the check.
    """


def new_subject(import_: Import, word: str, key: str) -> UUID:
    """The id of a record to add: the same in each comparison, so that the diff stays the same."""
    return uuid5(import_.id, f"{word}:{key}")


def start_rows(lines: Sequence[Line], key: str) -> list[PlannedRow]:
    """Create a planned row for each line; a line with issues is refused."""
    rows = []
    for line in lines:
        row = PlannedRow(line.number, line, line.values.get(key))
        if line.issues:
            row.outcome, row.issues = RowOutcome.REFUSED, list(line.issues)
        rows.append(row)
    return rows
