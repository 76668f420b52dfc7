"""Check-out, and helpers for every change of a visit."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitCheckedOut
from schemas.fieldwork.visits import CheckOut, VisitEnd, VisitState
from service.fieldwork.visits import rules
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of
from service.ground.places.tables import Place
from service.ground.places.visit_context import VisitContext
from service.identity.access.actor import Actor


async def check_out(
    session: AsyncSession, actor: Actor, visit_id: UUID, request: CheckOut, expected_version: int
) -> Visit:
    """End the visit. The event also goes to the organisation responsible for the place.

    Raises: VisitNotFound, VersionStale, VisitAlreadyEnded, CheckOutBeforeCheckIn.
    """
    visit = await lock_own_visit(session, actor, visit_id)
    ends_at = rules.check_out(visit.state, visit.checked_in_at, visit.checked_out_at, request.checked_out_at, actor.at)
    if ends_at is None:
        return visit
    require_version(visit, expected_version)
    visit.state, visit.checked_out_at = VisitState.ENDED, ends_at
    visit.ended_by = VisitEnd.CHECKED_OUT
    visit.version += 1
    await record_ended(session, visit, ends_at, by=actor.event_actor)
    return visit


async def record_ended(session: AsyncSession, visit: Visit, checked_out_at: datetime, *, by: EventActor) -> None:
    """Record `visit.checked_out`, also for the organisation responsible for the place."""
    host_id = (await session.exec(select(Place.organisation_id).where(Place.id == visit.place_id))).one()
    await record(
        session,
        EventName.VISIT_CHECKED_OUT,
        visit,
        actor=by,
        occurred_at=checked_out_at,
        organisations=[visit.organisation_id, host_id],
        persons=[visit.person_id],
        payload=VisitCheckedOut(place_id=visit.place_id, person_id=visit.person_id, checked_out_at=checked_out_at),
    )


async def lock_own_visit(session: AsyncSession, actor: Actor, visit_id: UUID) -> Visit:
    """Load and lock a visit of the actor. Raises: VisitNotFound."""
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id)
    return await locked(session, statement, VisitNotFound(visit_id=str(visit_id)))


def visit_context(visit: Visit) -> VisitContext:
    """Build the context that records linked to the visit inherit: its organisation and its day."""
    return VisitContext(visit.organisation_id, day_of(visit.checked_in_at))
