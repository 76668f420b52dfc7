"""Reading visits: one's own, one's leader's, those of the organisations in reach, those ended at their places."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import CompanionOut, CompanionState, VisitDetails, VisitOut, VisitState
from service.fieldwork.visits import companions
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit, VisitCompanion, VisitDraft
from service.foundation.paging import Key, PageQuery, Slice, after, sliced
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    place_id: UUID | None = None
    state: VisitState | None = None


def _sides(actor: Actor) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Who sees a visit from the visitor's side, and who through the place."""
    reachable = scope.reachable(actor).subquery()
    ours: sa.ColumnElement[bool] = col(Visit.organisation_id).in_(sa.select(reachable.c.id))
    if scope.sees_own(actor):
        led = col(Visit.person_id).in_(scope.leaders(actor))
        ours = sa.or_(ours, col(Visit.person_id) == actor.id, led, _came_along(actor))
    theirs = sa.and_(
        col(Visit.state) == VisitState.ENDED,
        col(Visit.place_id).in_(select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))),
    )
    return ours, theirs


def _came_along(actor: Actor) -> sa.ColumnElement[bool]:
    """Companions see what they were named in; one who declined no longer does."""
    named = select(VisitCompanion.visit_id).where(
        VisitCompanion.person_id == actor.id, VisitCompanion.state == CompanionState.TOLD
    )
    return col(Visit.id).in_(named)


def _shown(visit: Visit, is_ours: bool) -> VisitOut:
    """What people confided to the visitor stays on the visitor's side (DECISIONS "Heard stays with the visitor")."""
    shown = VisitOut.model_validate(visit)
    return shown if is_ours else shown.model_copy(update={"heard": None})


async def details(session: AsyncSession, actor: Actor, visit_id: UUID) -> VisitDetails:
    """A visit the actor may see, with its companions. Raises VisitNotFound."""
    visit = await one(session, actor, visit_id)
    came_along = [CompanionOut.model_validate(row) for row in await companions.of(session, visit_id)]
    draft = await session.get(VisitDraft, visit_id)
    return VisitDetails.model_validate({**visit.model_dump(), "companions": came_along, "draft": draft})


async def one(session: AsyncSession, actor: Actor, visit_id: UUID) -> VisitOut:
    """A visit the actor may see. Raises VisitNotFound."""
    ours, theirs = _sides(actor)
    statement = select(Visit, ours).where(Visit.id == visit_id, sa.or_(ours, theirs))
    row = (await session.exec(statement)).first()
    if row is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return _shown(*row)


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[VisitOut]:
    """Visits the actor may see, newest check-in first."""
    ours, theirs = _sides(actor)
    statement = select(Visit, ours).where(sa.or_(ours, theirs))
    if wanted.place_id:
        statement = statement.where(Visit.place_id == wanted.place_id)
    if wanted.state:
        statement = statement.where(Visit.state == wanted.state)
    if page_query.after:
        statement = statement.where(after(col(Visit.checked_in_at), col(Visit.id), page_query.after))
    newest_first = statement.order_by(col(Visit.checked_in_at).desc(), col(Visit.id).desc())
    rows = (await session.exec(newest_first.limit(page_query.limit + 1))).all()
    found = sliced(rows, page_query.limit, lambda row: Key(row[0].checked_in_at, row[0].id))
    return Slice([_shown(*row) for row in found.rows], found.last)
