"""Reading contact points: one's own, those of organisations in reach, and those at their places."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from service.foundation.paging import PageQuery, Slice, newest_first
from service.ground.contact_points.errors import ContactPointNotFound
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all. `on` asks for those whose term held on that day."""

    leader_id: UUID | None = None
    organisation_id: UUID | None = None
    place_id: UUID | None = None
    on: date | None = None


def seen(actor: Actor) -> SelectOfScalar[ContactPoint]:
    """The contact points the actor may see; a superior sees those of the organisations below (一级抓一级)."""
    reachable = scope.reachable(actor).subquery()
    ours: sa.ColumnElement[bool] = col(ContactPoint.organisation_id).in_(sa.select(reachable.c.id))
    hosted = select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))
    visible = sa.or_(ours, col(ContactPoint.place_id).in_(hosted))
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(ContactPoint.leader_id) == actor.id)
    return select(ContactPoint).where(visible)


async def one(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPoint:
    """A contact point the actor may see. Raises ContactPointNotFound."""
    found = (await session.exec(seen(actor).where(ContactPoint.id == contact_point_id))).first()
    if found is None:
        raise ContactPointNotFound(contact_point_id=str(contact_point_id))
    return found


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[ContactPoint]:
    """Contact points the actor may see, newest first."""
    statement = seen(actor)
    for name in ("leader_id", "organisation_id", "place_id"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(ContactPoint, name) == value)
    if wanted.on:
        statement = statement.where(_held_on(wanted.on))
    return await newest_first(session, statement, col(ContactPoint.created_at), col(ContactPoint.id), page_query)


def _held_on(day: date) -> sa.ColumnElement[bool]:
    ended_on = sa.cast(sa.func.timezone("Asia/Shanghai", col(ContactPoint.ended_at)), sa.Date)
    return sa.and_(
        col(ContactPoint.begins_on) <= day,
        col(ContactPoint.ends_on) >= day,
        sa.or_(col(ContactPoint.ended_at).is_(None), ended_on >= day),
    )
