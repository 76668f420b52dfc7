"""What is told about rules: local ones, and what is set up for problems."""

from datetime import date
from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class LocalRuleSet(Payload):
    """An organisation set a figure for itself and everything below, or withdrew it."""

    organisation_id: UUID
    key: str
    valid_from: date


class CategorySet(Payload):
    """A category of problems has another version."""

    category_code: str
    number: int


class RouteSet(Payload):
    """A route of problems has another version."""

    route_id: UUID
    number: int


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
    EventName.PROBLEM_CATEGORY_SET: Described(
        CategorySet, "问题类别设定", (Receiver.ORGANISATION,), example={"category_code": "lighting", "number": 2}
    ),
    EventName.PROBLEM_ROUTE_SET: Described(
        RouteSet, "派单规则设定", (Receiver.ORGANISATION,), example={"route_id": str(PLACE_EXAMPLE_ID), "number": 2}
    ),
}
