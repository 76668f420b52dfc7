"""Read contact points: the actor's own, and those of organisations and places within reach."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.ground.contact_points import ContactPointQuery
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.contact_points.errors import ContactPointNotFound
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


def visible_contact_points(actor: Actor) -> SelectOfScalar[ContactPoint]:
    """Select the contact points that the actor may see.

    They belong to an organisation within reach or its places; a superior sees the levels below (一级抓一级).
    """
    reachable = scope.reachable(actor).subquery()
    in_reach: sa.ColumnElement[bool] = col(ContactPoint.organisation_id).in_(sa.select(reachable.c.id))
    place_ids = select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))
    visible = sa.or_(in_reach, col(ContactPoint.place_id).in_(place_ids))
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(ContactPoint.leader_id) == actor.id)
    return select(ContactPoint).where(visible)


async def get_contact_point(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """Read a contact point that the actor may see. Raises: ContactPointNotFound."""
    statement = visible_contact_points(actor).where(ContactPoint.id == contact_point_id)
    row = (await session.exec(statement)).first()
    if row is None:
        raise ContactPointNotFound(contact_point_id=str(contact_point_id))
    return row


async def list_contact_points(session: AsyncSession, actor: Actor, query: ContactPointQuery) -> Slice[ContactPoint]:
    """List the contact points that the actor may see, newest first."""
    statement = visible_contact_points(actor)
    statement = filter_equal(statement, ContactPoint, query, "leader_id", "organisation_id", "place_id")
    if query.on:
        statement = statement.where(_active_on(query.on))
    return await page_newest_first(session, statement, col(ContactPoint.created_at), col(ContactPoint.id), query)


def _active_on(day: date) -> sa.ColumnElement[bool]:
    ended_on = sa.cast(sa.func.timezone("Asia/Shanghai", col(ContactPoint.ended_at)), sa.Date)
    return sa.and_(
        col(ContactPoint.begins_on) <= day,
        col(ContactPoint.ends_on) >= day,
        sa.or_(col(ContactPoint.ended_at).is_(None), ended_on >= day),
    )
