"""Reading placements: one's own, those sent by or hosted at organisations in reach."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.ground.placements import PlacementKind
from service.foundation.paging import PageQuery, Slice, newest_first
from service.ground.placements.errors import PlacementNotFound
from service.ground.placements.tables import EarlierPlacementReport, Placement
from service.identity.access import scope
from service.identity.access.actor import Actor


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    person_id: UUID | None = None
    sending_id: UUID | None = None
    host_id: UUID | None = None
    kind: PlacementKind | None = None


def seen(actor: Actor) -> SelectOfScalar[Placement]:
    """The placements the actor may see."""
    reachable = scope.reachable(actor).subquery()
    visible: sa.ColumnElement[bool] = sa.or_(
        col(Placement.sending_id).in_(sa.select(reachable.c.id)), col(Placement.host_id).in_(sa.select(reachable.c.id))
    )
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(Placement.person_id) == actor.id)
    return select(Placement).where(visible)


async def one(session: AsyncSession, actor: Actor, placement_id: UUID) -> Placement:
    """A placement the actor may see. Raises PlacementNotFound."""
    found = (await session.exec(seen(actor).where(Placement.id == placement_id))).first()
    if found is None:
        raise PlacementNotFound(placement_id=str(placement_id))
    return found


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[Placement]:
    """Placements the actor may see, newest first."""
    statement = seen(actor)
    for name in ("person_id", "sending_id", "host_id", "kind"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Placement, name) == value)
    return await newest_first(session, statement, col(Placement.created_at), col(Placement.id), page_query)


async def earlier_reports(
    session: AsyncSession, placement_id: UUID, page_query: PageQuery
) -> Slice[EarlierPlacementReport]:
    """What the report of a placement said before, newest first."""
    statement = select(EarlierPlacementReport).where(EarlierPlacementReport.placement_id == placement_id)
    reported_at, identifier = col(EarlierPlacementReport.reported_at), col(EarlierPlacementReport.id)
    return await newest_first(session, statement, reported_at, identifier, page_query)
