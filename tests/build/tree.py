"""Whether the organisation tree is whole."""

from uuid import UUID

from sqlalchemy import Text, cast, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.tree.tables import Organisation


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
