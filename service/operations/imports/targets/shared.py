"""What several kinds of import use: organisations in scope, valid divisions, repeated keys."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.columns import TEXTS
from service.identity.tree.tables import Division, Organisation
from service.operations.imports.issues import ImportIssue, IssueCode
from service.operations.imports.reading.table import Line
from service.operations.imports.tables import Import
from service.operations.imports.targets.target import PlannedRow


def is_open_and_in_scope(import_: Import) -> sa.ColumnElement[bool]:
    """Whether an organisation is in the scope of the import and not closed."""
    return sa.and_(is_in_scope(import_), col(Organisation.valid_until).is_(None))


def is_in_scope(import_: Import) -> sa.ColumnElement[bool]:
    """Whether an organisation is the one of the import or below it."""
    root = sa.orm.aliased(Organisation)
    path = sa.select(col(root.path)).where(col(root.id) == import_.organisation_id).scalar_subquery()
    return col(Organisation.path).op("<@", is_comparison=True)(path)


def is_one_of(column: Any, values: Iterable[str | None]) -> sa.ColumnElement[bool]:
    """Whether the column has one of many texts; they are bound as one array."""
    return col(column) == sa.any_(sa.literal(sorted({value for value in values if value}), TEXTS))


async def load_valid_divisions(session: AsyncSession, lines: Sequence[Line]) -> set[str]:
    """Load the division codes of the lines that exist and are not retired."""
    is_used = is_one_of(Division.code, (line.values["division_code"] for line in lines))
    statement = select(Division.code).where(is_used, col(Division.valid_until).is_(None))
    return set((await session.exec(statement)).all())


def refuse_unknown_division(row: PlannedRow, valid_codes: set[str]) -> None:
    """Refuse a row whose division is not valid."""
    code = row.values.get("division_code")
    if code is not None and code not in valid_codes:
        row.refuse("division_code", ImportIssue(IssueCode.DIVISION_NOT_KNOWN, value=code))


def refuse_repeated(rows: Sequence[PlannedRow], key_of: Callable[[PlannedRow], Hashable | None]) -> None:
    """Refuse all rows that share a key; the issue of each names the line of another."""
    first_rows: dict[Hashable, PlannedRow] = {}
    for row in rows:
        key = key_of(row)
        if key is None:
            continue
        first = first_rows.setdefault(key, row)
        if first is not row:
            row.refuse(None, ImportIssue(IssueCode.KEY_REPEATED, other_line=first.number))
            if not any(issue["code"] == IssueCode.KEY_REPEATED for issue in first.issues):
                first.refuse(None, ImportIssue(IssueCode.KEY_REPEATED, other_line=row.number))
