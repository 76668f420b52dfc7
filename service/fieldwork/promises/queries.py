"""Promises that an actor may see: own, of organisations in reach, and made at their places."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.fieldwork.promises import PromiseQuery
from service.fieldwork.promises.errors import PromiseNotFound
from service.fieldwork.promises.tables import Promise
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


def is_visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see a promise. The organisation responsible for the place may see it too."""
    reachable = scope.reachable(actor).subquery()
    places = select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))
    visible: sa.ColumnElement[bool] = sa.or_(
        col(Promise.organisation_id).in_(sa.select(reachable.c.id)), col(Promise.place_id).in_(places)
    )
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(Promise.owner_id) == actor.id, col(Promise.promised_by) == actor.id)
    return visible


def visible_promises(actor: Actor) -> SelectOfScalar[Promise]:
    """Select the promises that the actor may see."""
    return select(Promise).where(is_visible_to(actor))


async def get_promise(session: AsyncSession, actor: Actor, promise_id: UUID) -> Promise:
    """Load a promise that the actor may see. Raises: PromiseNotFound."""
    promise = (await session.exec(visible_promises(actor).where(Promise.id == promise_id))).first()
    if promise is None:
        raise PromiseNotFound(promise_id=str(promise_id))
    return promise


async def page(session: AsyncSession, actor: Actor, query: PromiseQuery) -> Slice[Promise]:
    """List the promises that the actor may see, newest first."""
    statement = filter_equal(visible_promises(actor), Promise, query, "state", "place_id", "owner_id", "visit_id")
    return await page_newest_first(session, statement, col(Promise.created_at), col(Promise.id), query)
