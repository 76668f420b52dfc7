"""What is told about insights and promises."""

from datetime import date
from uuid import UUID

from schemas.events.base import (
    ORGANISATION_EXAMPLE_ID,
    PERSON_EXAMPLE_ID,
    PLACE_EXAMPLE_ID,
    Described,
    Payload,
    Receiver,
)
from schemas.events.names import EventName


class InsightMoved(Payload):
    """Something heard was written down, routed or decided on."""

    place_id: UUID
    kind: str
    routed_to: UUID | None


class PromiseMoved(Payload):
    """A promise was given, fell due, was kept or explained."""

    place_id: UUID
    owner_id: UUID
    due_on: date


INSIGHT = {"place_id": str(PLACE_EXAMPLE_ID), "kind": "opinion", "routed_to": str(ORGANISATION_EXAMPLE_ID)}
PROMISE = {"place_id": str(PLACE_EXAMPLE_ID), "owner_id": str(PERSON_EXAMPLE_ID), "due_on": "2026-12-31"}
OURS = (Receiver.PERSON, Receiver.HOME_UNIT)
DESCRIBED = {
    EventName.INSIGHT_WRITTEN_DOWN: Described(InsightMoved, "民情记录", OURS, example={**INSIGHT, "routed_to": None}),
    EventName.INSIGHT_ROUTED: Described(InsightMoved, "民情转送", (*OURS, Receiver.OWNER), example=INSIGHT),
    EventName.INSIGHT_DECIDED: Described(InsightMoved, "民情答复", (*OURS, Receiver.OWNER), example=INSIGHT),
} | {
    name: Described(PromiseMoved, zh, OURS, example=PROMISE)
    for name, zh in {
        EventName.PROMISE_GIVEN: "承诺作出",
        EventName.PROMISE_DUE: "承诺到期",
        EventName.PROMISE_KEPT: "承诺兑现",
        EventName.PROMISE_EXPLAINED: "承诺说明",
    }.items()
}
