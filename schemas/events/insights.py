"""The events of insights."""

from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class InsightPayload(Payload):
    """An insight was recorded, routed or decided on."""

    place_id: UUID
    kind: str
    routed_to: UUID | None


INSIGHT = {"place_id": str(PLACE_EXAMPLE_ID), "kind": "opinion", "routed_to": str(ORGANISATION_EXAMPLE_ID)}
AUTHOR_SIDE = (Receiver.PERSON, Receiver.HOME_UNIT)
DESCRIBED = {
    EventName.INSIGHT_WRITTEN_DOWN: Described(
        InsightPayload, "民情记录", AUTHOR_SIDE, example={**INSIGHT, "routed_to": None}
    ),
    EventName.INSIGHT_ROUTED: Described(InsightPayload, "民情转送", (*AUTHOR_SIDE, Receiver.OWNER), example=INSIGHT),
    EventName.INSIGHT_DECIDED: Described(InsightPayload, "民情答复", (*AUTHOR_SIDE, Receiver.OWNER), example=INSIGHT),
}
