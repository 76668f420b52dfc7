"""Event payloads of residence reports."""

from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class ResidenceReportPayload(Payload):
    """A residence report changed its state."""

    person_id: UUID
    state: str


EXAMPLE = {"person_id": str(PERSON_EXAMPLE_ID), "state": "submitted"}
RECEIVERS = (Receiver.PERSON, Receiver.COMMUNITY)
DESCRIBED = {
    name: Described(ResidenceReportPayload, zh, RECEIVERS, outward=True, example=EXAMPLE)
    for name, zh in {
        EventName.RESIDENCE_REPORT_SUBMITTED: "党员报到",
        EventName.RESIDENCE_REPORT_CONFIRMED: "报到确认",
        EventName.RESIDENCE_REPORT_RETURNED: "报到退回",
        EventName.RESIDENCE_REPORT_ENDED: "报到终止",
    }.items()
}
