"""Events of problems, their categories and routes."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class ProblemStateChanged(Payload):
    """A problem has a new state."""

    place_id: UUID
    owner_id: UUID | None
    state: str


class CategoryVersionSet(Payload):
    """A category of problems has a new version."""

    category_code: str
    number: int


class RouteVersionSet(Payload):
    """A route of problems has a new version."""

    route_id: UUID
    number: int


class ProblemOverdue(Payload):
    """A deadline passed."""

    owner_id: UUID | None
    timer: str
    """`problem.respond_by` or `problem.solve_by`."""
    due_at: datetime


EXAMPLE = {"place_id": str(PLACE_EXAMPLE_ID), "owner_id": str(ORGANISATION_EXAMPLE_ID), "state": "accepted"}
RECEIVERS = (Receiver.PERSON, Receiver.HOME_UNIT, Receiver.OWNER, Receiver.PLACE)
BARRED = "an accusation: not to the accused organisations, those below them and the organisation of the place"
OVERDUE = {
    "owner_id": str(ORGANISATION_EXAMPLE_ID),
    "timer": "problem.solve_by",
    "due_at": "2026-11-30T16:00:00Z",
}
STATE_EVENTS = {
    EventName.PROBLEM_DISPATCHED: "问题派单",
    EventName.PROBLEM_ACCEPTED: "问题受理",
    EventName.PROBLEM_ANSWERED: "问题答复",
    EventName.PROBLEM_REOPENED: "群众不满意，重新办理",
    EventName.PROBLEM_CONFIRMED: "群众满意",
    EventName.PROBLEM_CLOSED: "问题办结",
}
DESCRIBED = {
    **{
        name: Described(ProblemStateChanged, zh, RECEIVERS, outward=True, example=EXAMPLE, exceptions=BARRED)
        for name, zh in STATE_EVENTS.items()
    },
    EventName.PROBLEM_RAISED: Described(
        ProblemStateChanged,
        "问题提出",
        (Receiver.PERSON, Receiver.HOME_UNIT, Receiver.PLACE),
        outward=True,
        example={**EXAMPLE, "owner_id": None, "state": "raised"},
        exceptions=BARRED,
    ),
    EventName.PROBLEM_OVERDUE: Described(
        ProblemOverdue, "问题超期", (Receiver.PERSON, Receiver.OWNER), example=OVERDUE, exceptions=BARRED
    ),
    EventName.PROBLEM_CATEGORY_SET: Described(
        CategoryVersionSet, "问题类别设定", (Receiver.ORGANISATION,), example={"category_code": "lighting", "number": 2}
    ),
    EventName.PROBLEM_ROUTE_SET: Described(
        RouteVersionSet,
        "派单规则设定",
        (Receiver.ORGANISATION,),
        example={"route_id": str(PLACE_EXAMPLE_ID), "number": 2},
    ),
}
