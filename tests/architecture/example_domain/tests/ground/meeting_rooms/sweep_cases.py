"""Cases of meeting rooms in the permission sweep."""

from datetime import date
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.ground.meeting_rooms.tables import MeetingRoom
from tests.conftest import START
from tests.identity.access.sweep.case import Case

ROOM = {
    "organisation_id": "{organisation_id}",
    "place_id": "{place_id}",
    "name": "新会议室",
    "seats": 8,
    "usable_until": "2026-12-31",
}
CASES = (
    Case("GET /v1/meeting-rooms", listed="meeting_room_id"),
    Case("GET /v1/meeting-rooms", listed="meeting_room_id", query={"place_id": "{place_id}"}),
    Case("PUT /v1/meeting-rooms/{meeting_room_id}", ROOM, new_id="meeting_room_id"),
)


async def create_records(session: AsyncSession, records: dict[str, Any]) -> dict[str, Any]:
    """A meeting room at the place of the organisation."""
    room = MeetingRoom(
        id=new_id(),
        organisation_id=records["organisation_id"].id,
        place_id=records["place_id"].id,
        name="会议室",
        seats=20,
        usable_until=date(2026, 12, 31),
        created_at=START,
        request_fingerprint=b"",
    )
    session.add(room)
    await session.flush()
    return {"meeting_room_id": room}
