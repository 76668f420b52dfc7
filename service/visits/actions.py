"""What is done to a visit after the check-in: record, check out. Checking in stands in `arrivals.py`."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitCheckedOut, VisitRecorded
from schemas.visits import CheckOut, VisitRecord, VisitState
from service.access.actor import Actor
from service.core.errors import VersionStale
from service.events.record import record
from service.places.tables import Place
from service.visits import rules
from service.visits.errors import VisitNotFound
from service.visits.tables import Visit


async def write_record(session: AsyncSession, actor: Actor, visit_id: UUID, asked: VisitRecord, based_on: int) -> Visit:
    """Write down what was heard and done; a retry of the same content changes nothing.

    Raises VisitNotFound, VersionStale.
    """
    visit = await _own(session, actor, visit_id)
    if _has(visit, asked):
        return visit
    _must_be_current(visit, based_on)
    visit.purpose, visit.people_met = asked.purpose, asked.people_met
    visit.heard, visit.done = asked.heard, asked.done
    visit.version += 1
    await record(
        session,
        EventName.VISIT_RECORDED,
        visit,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[visit.organisation_id],
        persons=[visit.person_id],
        payload=VisitRecorded(place_id=visit.place_id, version=visit.version),
    )
    return visit


async def check_out(session: AsyncSession, actor: Actor, visit_id: UUID, asked: CheckOut, based_on: int) -> Visit:
    """End the visit; the organisation responsible for the place hears of it.

    Raises VisitNotFound, VersionStale, VisitAlreadyEnded, CheckOutBeforeCheckIn.
    """
    visit = await _own(session, actor, visit_id)
    decided = rules.check_out(visit.state, visit.checked_in_at, visit.checked_out_at, asked.checked_out_at)
    if decided == "repeated":
        return visit
    _must_be_current(visit, based_on)
    visit.state, visit.checked_out_at = VisitState.ENDED, asked.checked_out_at
    visit.version += 1
    host = (await session.exec(select(Place.organisation_id).where(Place.id == visit.place_id))).one()
    await record(
        session,
        EventName.VISIT_CHECKED_OUT,
        visit,
        actor_id=actor.id,
        occurred_at=asked.checked_out_at,
        organisations=[visit.organisation_id, host],
        persons=[visit.person_id],
        payload=VisitCheckedOut(
            place_id=visit.place_id, person_id=visit.person_id, checked_out_at=asked.checked_out_at
        ),
    )
    return visit


async def _own(session: AsyncSession, actor: Actor, visit_id: UUID) -> Visit:
    """The actor's own visit, locked until the transaction ends."""
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id).with_for_update()
    visit = (await session.exec(statement)).first()
    if visit is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return visit


def _has(visit: Visit, asked: VisitRecord) -> bool:
    known = (visit.purpose, visit.people_met, visit.heard, visit.done)
    return known == (asked.purpose, asked.people_met, asked.heard, asked.done)


def _must_be_current(visit: Visit, based_on: int) -> None:
    if visit.version != based_on:
        raise VersionStale(current_version=visit.version)


async def must_be_own_visit(session: AsyncSession, actor: Actor, visit_id: UUID, place_id: UUID) -> None:
    """For what is raised in a visit: the actor's own, at that place. Raises VisitNotFound."""
    statement = select(Visit.id).where(Visit.id == visit_id, Visit.person_id == actor.id, Visit.place_id == place_id)
    if (await session.exec(statement)).first() is None:
        raise VisitNotFound(visit_id=str(visit_id))
