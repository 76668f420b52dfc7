"""Visits that an actor may see: own, as companion or delegate, of organisations in reach."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visits import CompanionOut, CompanionState, VisitDetails, VisitOut, VisitQuery, VisitState
from service.fieldwork.visits import companions
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit, VisitCompanion, VisitDraft
from service.foundation.paging import Key, Slice, filter_equal, newest_first, slice_page
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


def _visibility(actor: Actor) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Build two conditions: visible on the visitor's side, and visible through the place."""
    reachable = scope.reachable(actor).subquery()
    visitor_side: sa.ColumnElement[bool] = col(Visit.organisation_id).in_(sa.select(reachable.c.id))
    if scope.sees_own(actor):
        is_leaders_visit = col(Visit.person_id).in_(scope.leaders(actor))
        visitor_side = sa.or_(visitor_side, col(Visit.person_id) == actor.id, is_leaders_visit, _is_companion(actor))
    place_side = sa.and_(
        col(Visit.state) == VisitState.ENDED,
        col(Visit.place_id).in_(select(Place.id).where(col(Place.organisation_id).in_(sa.select(reachable.c.id)))),
    )
    return visitor_side, place_side


def _is_companion(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor is a companion of the visit and has not declined."""
    visit_ids = select(VisitCompanion.visit_id).where(
        VisitCompanion.person_id == actor.id, VisitCompanion.state == CompanionState.NOTIFIED
    )
    return col(Visit.id).in_(visit_ids)


def _build_visit_out(visit: Visit, is_visitor_side: bool) -> VisitOut:
    """Build the response; `heard` is null on the place's side (DECISIONS "Heard stays with the visitor")."""
    out = VisitOut.model_validate(visit)
    return out if is_visitor_side else out.model_copy(update={"heard": None})


async def details(session: AsyncSession, actor: Actor, visit_id: UUID) -> VisitDetails:
    """Load a visit that the actor may see, with its companions and its draft. Raises: VisitNotFound."""
    visit = await get_visit(session, actor, visit_id)
    rows = await companions.companions_of_visit(session, visit_id)
    companion_list = [CompanionOut.model_validate(row) for row in rows]
    draft = await session.get(VisitDraft, visit_id)
    return VisitDetails.model_validate({**visit.model_dump(), "companions": companion_list, "draft": draft})


async def get_visit(session: AsyncSession, actor: Actor, visit_id: UUID) -> VisitOut:
    """Load a visit that the actor may see. Raises: VisitNotFound."""
    visitor_side, place_side = _visibility(actor)
    statement = select(Visit, visitor_side).where(Visit.id == visit_id, sa.or_(visitor_side, place_side))
    row = (await session.exec(statement)).first()
    if row is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return _build_visit_out(*row)


async def page(session: AsyncSession, actor: Actor, query: VisitQuery) -> Slice[VisitOut]:
    """List the visits that the actor may see, newest check-in first."""
    visitor_side, place_side = _visibility(actor)
    statement = select(Visit, visitor_side).where(sa.or_(visitor_side, place_side))
    statement = filter_equal(statement, Visit, query, "place_id", "state")
    rows = (await session.exec(newest_first(statement, col(Visit.checked_in_at), col(Visit.id), query))).all()
    visits = slice_page(rows, query, lambda row: Key(row[0].checked_in_at, row[0].id))
    return Slice([_build_visit_out(*row) for row in visits.rows], visits.next_cursor)
