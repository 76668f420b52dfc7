"""Check of the organisation tree."""

from uuid import UUID

from sqlalchemy import Text, cast, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.tree.tables import Organisation


async def wrong_paths(session: AsyncSession) -> list[UUID]:
    """Return the organisations whose path is not the path of their parent plus their own label."""
    parent = aliased(Organisation)
    label = func.replace(cast(col(Organisation.id), Text), "-", "")
    expected = cast(col(parent.path), Text) + "." + label
    statement = (
        select(Organisation.id)
        .outerjoin(parent, col(parent.id) == col(Organisation.parent_id))
        .where(cast(col(Organisation.path), Text) != func.coalesce(expected, label))
        .order_by(col(Organisation.id))
    )
    return list((await session.exec(statement)).all())
