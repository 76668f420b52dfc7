"""The events of contact points."""

from datetime import date
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class ContactPointMoved(Payload):
    """A leader's contact point began, ended or was spoken of by its place."""

    leader_id: UUID
    place_id: UUID
    begins_on: date
    ends_on: date


class ContactHouseholdMoved(Payload):
    """A household of a contact point was added or taken off; never who it is."""

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
    EventName.CONTACT_POINT_STARTED: Described(ContactPointMoved, "联系点建立", BOTH, example=EXAMPLE),
    EventName.CONTACT_POINT_ENDED: Described(ContactPointMoved, "联系点结束", BOTH, example=EXAMPLE),
    EventName.CONTACT_POINT_OPINION_GIVEN: Described(ContactPointMoved, "走访点意见", BOTH, example=EXAMPLE),
    EventName.CONTACT_HOUSEHOLD_ADDED: Described(
        ContactHouseholdMoved, "联系户登记", (Receiver.PERSON,), example=HOUSEHOLD_EXAMPLE
    ),
    EventName.CONTACT_HOUSEHOLD_REMOVED: Described(
        ContactHouseholdMoved, "联系户移除", (Receiver.PERSON,), example=HOUSEHOLD_EXAMPLE
    ),
}
