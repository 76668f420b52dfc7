"""Create a meeting room."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.meeting_rooms import MeetingRoomCreated
from schemas.ground.meeting_rooms import MeetingRoomCreate
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.ground.meeting_rooms.errors import PlaceOfAnotherOrganisation
from service.ground.meeting_rooms.tables import MeetingRoom
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor


async def create_room(
    session: AsyncSession, actor: Actor, meeting_room_id: UUID, request: MeetingRoomCreate, request_fingerprint: bytes
) -> tuple[MeetingRoom, bool]:
    """Create a room at a place of an organisation in reach. Return the row and whether it is new.

    Raises OrganisationNotFound, NotPermitted, PlaceNotFound, PlaceOfAnotherOrganisation, ContentDiffers; the
    database MeetingRoomNameTaken.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    place = await session.get(Place, request.place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    if place.organisation_id != request.organisation_id:
        raise PlaceOfAnotherOrganisation
    row = MeetingRoom(
        id=meeting_room_id, created_at=actor.at, request_fingerprint=request_fingerprint, **request.model_dump()
    )
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, request.organisation_id)
        await record(
            session,
            EventName.MEETING_ROOM_CREATED,
            existing,
            actor=actor.event_actor,
            occurred_at=actor.at,
            organisations=[existing.organisation_id],
            payload=MeetingRoomCreated(place_id=existing.place_id, usable_until=existing.usable_until),
        )
    return existing, is_new
