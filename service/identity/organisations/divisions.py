"""Reads of divisions."""

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import DivisionOut, Level
from service.identity.tree.errors import DivisionNotFound
from service.identity.tree.tables import Division

DIGITS = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
"""How many digits the code of each level has (DOMAIN §2.3)."""

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
