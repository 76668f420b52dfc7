"""What is told about rules: local ones, and what is set up for problems."""

from datetime import date
from uuid import UUID

from schemas.events.base import Described, Payload
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


TOP = "the top of the tree it was set from"
DESCRIBED = {
    EventName.LOCAL_RULE_SET: Described(LocalRuleSet, "规则设定", "the organisation that set it"),
    EventName.PROBLEM_CATEGORY_SET: Described(CategorySet, "问题类别设定", TOP),
    EventName.PROBLEM_ROUTE_SET: Described(RouteSet, "派单规则设定", TOP),
}
