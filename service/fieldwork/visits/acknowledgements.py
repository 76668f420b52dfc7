"""Acknowledgement of a visit by the organisation responsible for the place (DOMAIN §4.5)."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitAcknowledged
from schemas.fieldwork.visits import Presence, PresenceReason
from service.fieldwork.visits import queries
from service.fieldwork.visits.errors import NotEnded, VisitNotFound
from service.fieldwork.visits.tables import Visit
from service.foundation.events.record import record
from service.foundation.rows import locked
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission


async def acknowledge(session: AsyncSession, actor: Actor, visit_id: UUID) -> Visit:
    """Record that the place confirms the visit. A repeated acknowledgement changes nothing.

    The actor must reach the organisation responsible for the place and must not be the visitor. The presence becomes
    `verified`, because the place's confirmation counts more than a position; the other reasons are kept.
    Raises: VisitNotFound, NotPermitted, NotEnded.
    """
    await queries.get_visit(session, actor.asking(Permission.VISIT_READ), visit_id)
    statement = select(Visit).where(Visit.id == visit_id)
    visit = await locked(session, statement, VisitNotFound(visit_id=str(visit_id)))
    in_reach = col(Place.organisation_id).in_(scope.reachable(actor))
    place_in_reach = select(Place.id).where(Place.id == visit.place_id, in_reach)
    if visit.person_id == actor.id or (await session.exec(place_in_reach)).first() is None:
        raise NotPermitted(permission=actor.permission)
    if visit.acknowledged_at is not None:
        return visit
    if visit.checked_out_at is None:
        raise NotEnded
    visit.acknowledged_at, visit.acknowledged_by = actor.at, actor.id
    visit.presence = Presence.VERIFIED
    visit.presence_reasons = [*visit.presence_reasons, PresenceReason.ACKNOWLEDGED_BY_PLACE.value]
    visit.version += 1
    await record(
        session,
        EventName.VISIT_ACKNOWLEDGED,
        visit,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[visit.organisation_id],
        persons=[visit.person_id],
        payload=VisitAcknowledged(place_id=visit.place_id),
    )
    return visit
