"""What is told about problems."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import ORGANISATION_EXAMPLE_ID, PLACE_EXAMPLE_ID, Described, Payload
from schemas.events.names import EventName


class ProblemMoved(Payload):
    """A problem came into a new state."""

    place_id: UUID
    owner_id: UUID | None
    state: str


class ProblemOverdue(Payload):
    """A deadline passed."""

    owner_id: UUID | None
    clock: str
    due_at: datetime


EXAMPLE = {"place_id": str(PLACE_EXAMPLE_ID), "owner_id": str(ORGANISATION_EXAMPLE_ID), "state": "accepted"}
RECEIVERS = (
    "whoever raised it with the own organisation, its owner, and the organisation responsible for the place;"
    " an accusation never reaches the accused, anybody below it, or the place's own side"
)
MOVED = {
    EventName.PROBLEM_RAISED: "问题提出",
    EventName.PROBLEM_DISPATCHED: "问题派单",
    EventName.PROBLEM_ACCEPTED: "问题受理",
    EventName.PROBLEM_ANSWERED: "问题答复",
    EventName.PROBLEM_REOPENED: "群众不满意，重新办理",
    EventName.PROBLEM_CONFIRMED: "群众满意",
    EventName.PROBLEM_CLOSED: "问题办结",
}
DESCRIBED = {
    **{name: Described(ProblemMoved, zh, RECEIVERS, outward=True, example=EXAMPLE) for name, zh in MOVED.items()},
    EventName.PROBLEM_OVERDUE: Described(ProblemOverdue, "问题超期", "the owner and whoever raised it"),
}
