"""What a kind of import is made of, and the rows of its diff."""

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

World = TypeVar("World")
DUE = frozenset({RowOutcome.ADDED, RowOutcome.CHANGED, RowOutcome.ENDED})
"""The outcomes for which there is something to merge."""


@dataclass
class Planned:
    """What becomes of one line, or of something on record that no line names."""

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
    def said(self) -> dict[str, Any]:
        """What the line says; nothing for a row without one."""
        return self.line.values if self.line else {}

    def refuse(self, where: str | None, issue: ImportIssue) -> None:
        """Leave the row out, and say why."""
        self.outcome, self.plan, self.changes = RowOutcome.REFUSED, None, []
        self.issues.append(issue.as_json(where))

    def note(self, where: str | None, issue: ImportIssue) -> None:
        """Tell something about a row that goes in all the same."""
        self.issues.append(issue.as_json(where))

    @property
    def is_good(self) -> bool:
        return self.outcome is not RowOutcome.REFUSED

    def change(self, name: str, before: Any, after: Any) -> None:
        """Note that a field becomes another; nothing for what stays."""
        if before != after:
            self.changes.append({"field": name, "before": before, "after": after})


@dataclass(frozen=True)
class Plan:
    """The whole diff. `issues` speak of the file; `leavers` of the `covered` persons are in no line of it."""

    rows: list[Planned]
    issues: list[dict[str, Any]] = field(default_factory=list)
    leavers: int = 0
    covered: int = 0


@dataclass(frozen=True)
class Merge:
    """One step of a merge: the import, its due rows of one step, and when it happens."""

    session: AsyncSession
    row: Import
    due: Sequence[ImportRow]
    at: datetime

    async def written(self, statement: sa.TextClause, plans: Sequence[dict[str, Any]], **bound: Any) -> set[UUID]:
        """Run a statement over plans as `:rows`; the ids it gives back."""
        if not plans:
            return set()
        connection = await self.session.connection()
        values = {"rows": list(plans), **bound}
        return set((await connection.execute(statement.bindparams(ROWS), values)).scalars())

    def plans(self, does: str) -> list[dict[str, Any]]:
        """The plans of the due rows that do this."""
        return [row.plan for row in self.due if row.plan and row.plan["does"] == does]


ROWS = sa.bindparam("rows", type_=JSON)


@dataclass(frozen=True)
class Target(Generic[World]):
    """One kind of import."""

    columns: tuple[Column, ...]
    world: Callable[[AsyncSession, Import, Sequence[Line]], Awaitable[World]]
    """What is on record and matters to these lines."""
    plan: Callable[[Import, Sequence[Line], World], Plan]
    """The diff, from plain values alone."""
    merge: Callable[[Merge], Awaitable[set[UUID]]]
    """Write the due rows with their events; the subjects that were written. Others have moved meanwhile."""


def new_subject(row: Import, word: str, key: str) -> UUID:
    """The id of what a row adds: the same however often the file is compared, so that the diff stays the same."""
    return uuid5(row.id, f"{word}:{key}")


def started(lines: Sequence[Line], key: str) -> list[Planned]:
    """A row of the diff for every line, refused already where the line could not be read."""
    rows = []
    for line in lines:
        row = Planned(line.number, line, line.values.get(key))
        if line.issues:
            row.outcome, row.issues = RowOutcome.REFUSED, list(line.issues)
        rows.append(row)
    return rows
