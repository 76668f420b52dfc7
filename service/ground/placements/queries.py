"""Read placements: the actor's own, and those sent or hosted by organisations within reach."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.foundation.common import PageQuery
from schemas.ground.placements import PlacementQuery
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.placements.errors import PlacementNotFound
from service.ground.placements.tables import EarlierPlacementReport, Placement
from service.identity.access import scope
from service.identity.access.actor import Actor


def visible_placements(actor: Actor) -> SelectOfScalar[Placement]:
    """Select the placements that the actor may see."""
    reachable = scope.reachable(actor).subquery()
    visible: sa.ColumnElement[bool] = sa.or_(
        col(Placement.sending_id).in_(sa.select(reachable.c.id)), col(Placement.host_id).in_(sa.select(reachable.c.id))
    )
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(Placement.person_id) == actor.id)
    return select(Placement).where(visible)


async def get_placement(session: AsyncSession, actor: Actor, placement_id: UUID) -> Placement:
    """Read a placement that the actor may see. Raises: PlacementNotFound."""
    row = (await session.exec(visible_placements(actor).where(Placement.id == placement_id))).first()
    if row is None:
        raise PlacementNotFound(placement_id=str(placement_id))
    return row


async def list_placements(session: AsyncSession, actor: Actor, query: PlacementQuery) -> Slice[Placement]:
    """List the placements that the actor may see, newest first."""
    statement = visible_placements(actor)
    statement = filter_equal(statement, Placement, query, "person_id", "sending_id", "host_id", "kind")
    return await page_newest_first(session, statement, col(Placement.created_at), col(Placement.id), query)


async def list_earlier_reports(
    session: AsyncSession, actor: Actor, placement_id: UUID, query: PageQuery
) -> Slice[EarlierPlacementReport]:
    """List the earlier texts of a placement's report, newest first. Raises: PlacementNotFound."""
    await get_placement(session, actor, placement_id)
    statement = select(EarlierPlacementReport).where(EarlierPlacementReport.placement_id == placement_id)
    reported_at, report_id = col(EarlierPlacementReport.reported_at), col(EarlierPlacementReport.id)
    return await page_newest_first(session, statement, reported_at, report_id, query)
