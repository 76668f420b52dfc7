"""Events of local rules."""

from datetime import date
from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class LocalRuleSet(Payload):
    """An organisation set a local rule for itself and all below it, or withdrew one."""

    organisation_id: UUID
    key: str
    valid_from: date


DESCRIBED = {
    EventName.LOCAL_RULE_SET: Described(
        LocalRuleSet,
        "规则设定",
        (Receiver.ORGANISATION,),
        example={
            "organisation_id": str(ORGANISATION_EXAMPLE_ID),
            "key": "visit.forgotten_after_h",
            "valid_from": "2026-12-01",
        },
    ),
}
