"""Reads of divisions, and a check that every path fits its parent."""

from uuid import UUID

from sqlalchemy import Text, cast, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import DivisionOut
from service.identity.tree.errors import DivisionNotFound
from service.identity.tree.tables import Division, Organisation

BELOW = aliased(Division)
CHILDREN = select(func.count()).where(col(BELOW.parent_code) == col(Division.code)).scalar_subquery()


async def division(session: AsyncSession, code: str) -> DivisionOut:
    """One division with the number of those directly below. Raises DivisionNotFound."""
    row = (await session.exec(select(Division, CHILDREN).where(Division.code == code))).first()
    if row is None:
        raise DivisionNotFound(code=code)
    return _shown(*row)


async def divisions(
    session: AsyncSession, parent_code: str | None, after_code: str | None, limit: int
) -> tuple[list[DivisionOut], str | None]:
    """The divisions directly below a parent (None: the topmost), by code, and the code to go on from."""
    parent = col(Division.parent_code)
    statement = select(Division, CHILDREN).where(parent.is_(None) if parent_code is None else parent == parent_code)
    if after_code:
        statement = statement.where(col(Division.code) > after_code)
    rows = (await session.exec(statement.order_by(col(Division.code)).limit(limit + 1))).all()
    shown = [_shown(*row) for row in rows[:limit]]
    return shown, shown[-1].code if len(rows) > limit else None


def _shown(row: Division, children: int) -> DivisionOut:
    return DivisionOut.model_validate({**row.model_dump(), "children": children})


async def misplaced(session: AsyncSession) -> list[UUID]:
    """The organisations whose path is not their parent's with their own label; there should be none."""
    parent = aliased(Organisation)
    own = func.replace(cast(col(Organisation.id), Text), "-", "")
    whole = cast(col(parent.path), Text) + "." + own
    statement = (
        select(Organisation.id)
        .outerjoin(parent, col(parent.id) == col(Organisation.parent_id))
        .where(cast(col(Organisation.path), Text) != func.coalesce(whole, own))
        .order_by(col(Organisation.id))
    )
    return list((await session.exec(statement)).all())
