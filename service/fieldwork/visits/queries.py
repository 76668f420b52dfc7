"""Reading visits: one's own, one's leader's, those of the organisations in reach, those ended at their places."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import CompanionOut, CompanionState, VisitDetails, VisitOut, VisitQuery, VisitState
from service.fieldwork.visits import companions
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit, VisitCompanion, VisitDraft
from service.foundation.paging import Key, Slice, filter_equal, newest_first, sliced
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


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
        VisitCompanion.person_id == actor.id, VisitCompanion.state == CompanionState.NOTIFIED
    )
    return col(Visit.id).in_(named)


def _shown(visit: Visit, is_ours: bool) -> VisitOut:
    """What people confided to the visitor stays on the visitor's side (DECISIONS "Heard stays with the visitor")."""
    shown = VisitOut.model_validate(visit)
    return shown if is_ours else shown.model_copy(update={"heard": None})


async def details(session: AsyncSession, actor: Actor, visit_id: UUID) -> VisitDetails:
    """A visit the actor may see, with its companions. Raises VisitNotFound."""
    visit = await one(session, actor, visit_id)
    came_along = [CompanionOut.model_validate(row) for row in await companions.companions_of_visit(session, visit_id)]
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


async def page(session: AsyncSession, actor: Actor, query: VisitQuery) -> Slice[VisitOut]:
    """Visits the actor may see, newest check-in first."""
    ours, theirs = _sides(actor)
    statement = filter_equal(select(Visit, ours).where(sa.or_(ours, theirs)), Visit, query, "place_id", "state")
    rows = (await session.exec(newest_first(statement, col(Visit.checked_in_at), col(Visit.id), query))).all()
    found = sliced(rows, query, lambda row: Key(row[0].checked_in_at, row[0].id))
    return Slice([_shown(*row) for row in found.rows], found.next_cursor)
