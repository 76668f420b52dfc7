"""What is told about visits."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload
from schemas.events.names import EventName


class VisitCheckedIn(Payload):
    """Somebody checked in at a place."""

    place_id: UUID
    person_id: UUID


class VisitRecorded(Payload):
    """What was heard and done has been written down or amended."""

    place_id: UUID
    version: int


class VisitCheckedOut(Payload):
    """The visit has ended."""

    place_id: UUID
    person_id: UUID
    checked_out_at: datetime


DESCRIBED = {
    EventName.VISIT_CHECKED_IN: Described(
        VisitCheckedIn, "走访开始", "the visitor and the visitor's organisation; the place only when the visit ended"
    ),
    EventName.VISIT_RECORDED: Described(VisitRecorded, "走访记录", "the visitor and the visitor's organisation"),
    EventName.VISIT_CHECKED_OUT: Described(
        VisitCheckedOut,
        "走访结束",
        "the visitor, the visitor's organisation and the organisation responsible for the place",
        outward=True,
        example={
            "place_id": str(PLACE_EXAMPLE_ID),
            "person_id": str(PERSON_EXAMPLE_ID),
            "checked_out_at": "2026-11-22T03:10:00Z",
        },
    ),
}
