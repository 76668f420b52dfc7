"""Event payloads of contact points."""

from datetime import date
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class ContactPointPayload(Payload):
    """A leader's contact point was started or ended, or its place gave an opinion."""

    leader_id: UUID
    place_id: UUID
    begins_on: date
    ends_on: date


class ContactHouseholdPayload(Payload):
    """A household of a contact point was added or removed. The payload does not identify the household."""

    contact_point_id: UUID


EXAMPLE = {
    "leader_id": str(PERSON_EXAMPLE_ID),
    "place_id": str(PLACE_EXAMPLE_ID),
    "begins_on": "2026-01-01",
    "ends_on": "2026-12-31",
}
HOUSEHOLD_EXAMPLE = {"contact_point_id": str(PLACE_EXAMPLE_ID)}
BOTH = (Receiver.PERSON, Receiver.HOME_UNIT)
DESCRIBED = {
    EventName.CONTACT_POINT_STARTED: Described(ContactPointPayload, "联系点建立", BOTH, example=EXAMPLE),
    EventName.CONTACT_POINT_ENDED: Described(ContactPointPayload, "联系点结束", BOTH, example=EXAMPLE),
    EventName.CONTACT_POINT_OPINION_GIVEN: Described(ContactPointPayload, "走访点意见", BOTH, example=EXAMPLE),
    EventName.CONTACT_HOUSEHOLD_ADDED: Described(
        ContactHouseholdPayload, "联系户登记", (Receiver.PERSON,), example=HOUSEHOLD_EXAMPLE
    ),
    EventName.CONTACT_HOUSEHOLD_REMOVED: Described(
        ContactHouseholdPayload, "联系户移除", (Receiver.PERSON,), example=HOUSEHOLD_EXAMPLE
    ),
}
