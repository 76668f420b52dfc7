"""What several kinds of import look at: the tree below the import's organisation, divisions, keys that repeat."""

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
from service.operations.imports.targets.kinds import Planned


def open_below(row: Import) -> sa.ColumnElement[bool]:
    """The organisation of the import and what lies below it, without what was closed: nothing begins there."""
    return sa.and_(below(row), col(Organisation.valid_until).is_(None))


def below(row: Import) -> sa.ColumnElement[bool]:
    """The organisation of the import and everything below it."""
    root = sa.orm.aliased(Organisation)
    path = sa.select(col(root.path)).where(col(root.id) == row.organisation_id).scalar_subquery()
    return col(Organisation.path).op("<@", is_comparison=True)(path)


def among(column: Any, values: Iterable[str | None]) -> sa.ColumnElement[bool]:
    """Whether the column is one of many texts, bound as one array."""
    return col(column) == sa.any_(sa.literal(sorted({one for one in values if one}), TEXTS))


async def divisions_in_force(session: AsyncSession, lines: Sequence[Line]) -> set[str]:
    """Those of the lines' division codes that exist and are not retired."""
    said = among(Division.code, (line.values["division_code"] for line in lines))
    known = select(Division.code).where(said, col(Division.valid_until).is_(None))
    return set((await session.exec(known)).all())


def must_know_division(one: Planned, known: set[str]) -> None:
    """Refuse a row whose division is not in force."""
    code = one.said.get("division_code")
    if code is not None and code not in known:
        one.refuse("division_code", ImportIssue(IssueCode.DIVISION_NOT_KNOWN, value=code))


def refuse_repeated(rows: Sequence[Planned], key: Callable[[Planned], Hashable | None]) -> None:
    """Refuse every row whose key another row has too; each is told of the other's line."""
    first: dict[Hashable, Planned] = {}
    for one in rows:
        this = key(one)
        if this is None:
            continue
        other = first.setdefault(this, one)
        if other is not one:
            one.refuse(None, ImportIssue(IssueCode.KEY_REPEATED, other_line=other.number))
            if not any(issue["code"] == IssueCode.KEY_REPEATED for issue in other.issues):
                other.refuse(None, ImportIssue(IssueCode.KEY_REPEATED, other_line=one.number))
