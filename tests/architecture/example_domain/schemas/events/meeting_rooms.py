"""The events of meeting rooms."""

from datetime import date
from uuid import UUID

from schemas.events.base import PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class MeetingRoomCreated(Payload):
    """A room that visitors may use was created at a place."""

    place_id: UUID
    usable_until: date


DESCRIBED = {
    EventName.MEETING_ROOM_CREATED: Described(
        MeetingRoomCreated,
        "会议室登记",
        (Receiver.ORGANISATION,),
        example={"place_id": str(PLACE_EXAMPLE_ID), "usable_until": "2026-12-31"},
    )
}
