"""The events of promises."""

from datetime import date
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class PromisePayload(Payload):
    """A promise was made, became due, was kept or explained."""

    place_id: UUID
    owner_id: UUID
    due_on: date


PROMISE = {"place_id": str(PLACE_EXAMPLE_ID), "owner_id": str(PERSON_EXAMPLE_ID), "due_on": "2026-12-31"}
AUTHOR_SIDE = (Receiver.PERSON, Receiver.HOME_UNIT)
DESCRIBED = {
    name: Described(PromisePayload, zh, AUTHOR_SIDE, example=PROMISE)
    for name, zh in {
        EventName.PROMISE_GIVEN: "承诺作出",
        EventName.PROMISE_DUE: "承诺到期",
        EventName.PROMISE_KEPT: "承诺兑现",
        EventName.PROMISE_EXPLAINED: "承诺说明",
    }.items()
}
