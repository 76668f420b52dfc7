"""Checking out, and what every change of a visit needs. Arriving: `arrivals.py`; the record: `recording.py`."""

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
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.workdays import day_of
from service.ground.places.tables import Place
from service.identity.access.actor import Actor
from service.solving.problems.origin import During


async def check_out(session: AsyncSession, actor: Actor, visit_id: UUID, request: CheckOut, based_on: int) -> Visit:
    """End the visit; the organisation responsible for the place hears of it.

    Raises VisitNotFound, VersionStale, VisitAlreadyEnded, CheckOutBeforeCheckIn.
    """
    visit = await own_visit(session, actor, visit_id)
    ends_at = rules.check_out(visit.state, visit.checked_in_at, visit.checked_out_at, request.checked_out_at, actor.at)
    if ends_at is None:
        return visit
    must_be_current(visit, based_on)
    visit.state, visit.checked_out_at = VisitState.ENDED, ends_at
    visit.ended_by = VisitEnd.CHECKED_OUT
    visit.version += 1
    await record_ended(session, visit, ends_at, by=actor.id)
    return visit


async def record_ended(session: AsyncSession, visit: Visit, checked_out_at: datetime, *, by: UUID) -> None:
    """The end of a visit; the organisation responsible for the place hears of it."""
    host = (await session.exec(select(Place.organisation_id).where(Place.id == visit.place_id))).one()
    await record(
        session,
        EventName.VISIT_CHECKED_OUT,
        visit,
        actor_id=by,
        occurred_at=checked_out_at,
        organisations=[visit.organisation_id, host],
        persons=[visit.person_id],
        payload=VisitCheckedOut(place_id=visit.place_id, person_id=visit.person_id, checked_out_at=checked_out_at),
    )


async def own_visit(session: AsyncSession, actor: Actor, visit_id: UUID) -> Visit:
    """The actor's own visit, locked until the transaction ends."""
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id).with_for_update()
    visit = (await session.exec(statement)).first()
    if visit is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return visit


def must_be_current(visit: Visit, based_on: int) -> None:
    """Raises VersionStale."""
    if visit.version != based_on:
        raise VersionStale(current_version=visit.version)


async def raised_in(session: AsyncSession, actor: Actor, visit_id: UUID | None, place_id: UUID) -> During | None:
    """For what is raised in a visit: the actor's own, at that place. Raises VisitNotFound."""
    if visit_id is None:
        return None
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id, Visit.place_id == place_id)
    visit = (await session.exec(statement)).first()
    if visit is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return during(visit)


def during(visit: Visit) -> During:
    """What a visit tells about whatever comes up in it."""
    return During(visit.organisation_id, day_of(visit.checked_in_at))
