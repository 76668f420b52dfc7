"""Event payloads of placements and selection plans."""

from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, PERSON_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class PlacementPayload(Payload):
    """A placement was started, reported, decided on, appraised or ended."""

    person_id: UUID
    sending_id: UUID
    host_id: UUID
    kind: str


class SelectionPayload(Payload):
    """A selection plan was created."""

    organisation_id: UUID
    year: int


class SelectionDecisionPayload(Payload):
    """A decision about a candidate was made or changed."""

    selection_id: UUID
    person_id: UUID


EXAMPLE = {
    "person_id": str(PERSON_EXAMPLE_ID),
    "sending_id": str(ORGANISATION_EXAMPLE_ID),
    "host_id": str(ORGANISATION_EXAMPLE_ID),
    "kind": "secondment",
}
ALL = (Receiver.PERSON, Receiver.HOME_UNIT, Receiver.HOST)
DESCRIBED = {
    name: Described(PlacementPayload, zh, ALL, example=EXAMPLE)
    for name, zh in {
        EventName.PLACEMENT_STARTED: "锻炼安排",
        EventName.PLACEMENT_REPORTED: "锻炼报告",
        EventName.PLACEMENT_ADOPTION_DECIDED: "报告采纳与否",
        EventName.PLACEMENT_APPRAISED: "接收单位评价",
        EventName.PLACEMENT_ENDED: "锻炼结束",
    }.items()
} | {
    EventName.PLACEMENT_SELECTION_MADE: Described(
        SelectionPayload,
        "选派计划",
        (Receiver.ORGANISATION,),
        example={"organisation_id": str(ORGANISATION_EXAMPLE_ID), "year": 2026},
    ),
    EventName.SELECTION_DECISION_MADE: Described(
        SelectionDecisionPayload,
        "选派决定",
        (Receiver.ORGANISATION,),
        example={"selection_id": str(ORGANISATION_EXAMPLE_ID), "person_id": str(PERSON_EXAMPLE_ID)},
    ),
    EventName.PERSON_BACKGROUND_SET: Described(NoPayload, "基层经历登记", (Receiver.PERSON,)),
}
