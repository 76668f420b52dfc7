"""Reading promises: one's own, those of organisations in reach, those given at their places."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.fieldwork.promises import PromiseState
from service.fieldwork.promises.errors import PromiseNotFound
from service.fieldwork.promises.tables import Promise
from service.foundation.paging import PageQuery, Slice, newest_first
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    state: PromiseState | None = None
    place_id: UUID | None = None
    owner_id: UUID | None = None
    visit_id: UUID | None = None


def is_seen(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see a promise; those it was given to may, too."""
    reachable = scope.reachable(actor).subquery()
    places = select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))
    visible: sa.ColumnElement[bool] = sa.or_(
        col(Promise.organisation_id).in_(sa.select(reachable.c.id)), col(Promise.place_id).in_(places)
    )
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(Promise.owner_id) == actor.id, col(Promise.promised_by) == actor.id)
    return visible


def seen(actor: Actor) -> SelectOfScalar[Promise]:
    """The promises the actor may see."""
    return select(Promise).where(is_seen(actor))


async def one(session: AsyncSession, actor: Actor, promise_id: UUID) -> Promise:
    """A promise the actor may see. Raises PromiseNotFound."""
    found = (await session.exec(seen(actor).where(Promise.id == promise_id))).first()
    if found is None:
        raise PromiseNotFound(promise_id=str(promise_id))
    return found


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[Promise]:
    """Promises the actor may see, newest first."""
    statement = seen(actor)
    for name in ("state", "place_id", "owner_id", "visit_id"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Promise, name) == value)
    return await newest_first(session, statement, col(Promise.created_at), col(Promise.id), page_query)
