"""Read divisions."""

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import DivisionOut, DivisionQuery, Level
from service.foundation.paging import Slice, by_code, slice_page_by_code
from service.identity.tree.errors import DivisionNotFound
from service.identity.tree.tables import Division

DIGITS = {Level.PROVINCE: 2, Level.PREFECTURE: 4, Level.COUNTY: 6, Level.TOWNSHIP: 9, Level.VILLAGE: 12}
"""How many digits the code of each level has (DOMAIN §2.3)."""

BELOW = aliased(Division)
CHILDREN = select(func.count()).where(col(BELOW.parent_code) == col(Division.code)).scalar_subquery()


async def division(session: AsyncSession, code: str) -> DivisionOut:
    """One division with the number of divisions directly below it. Raises DivisionNotFound."""
    row = (await session.exec(select(Division, CHILDREN).where(Division.code == code))).first()
    if row is None:
        raise DivisionNotFound(code=code)
    return _division_out(*row)


async def divisions(session: AsyncSession, query: DivisionQuery) -> Slice[DivisionOut]:
    """The divisions directly below a parent, by code; without a parent the provinces."""
    parent = col(Division.parent_code) == query.parent_code  # IS NULL for None
    statement = by_code(select(Division, CHILDREN).where(parent), col(Division.code), query)
    rows = [_division_out(*row) for row in (await session.exec(statement)).all()]
    return slice_page_by_code(rows, query, lambda row: row.code)


def _division_out(row: Division, children: int) -> DivisionOut:
    return DivisionOut.model_validate({**row.model_dump(), "children": children})
