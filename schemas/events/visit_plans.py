"""The events of visit plans."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class VisitPlanPayload(Payload):
    """A visit was planned, or its plan was kept or cancelled."""

    place_id: UUID
    from_at: datetime


DESCRIBED = {
    name: Described(
        VisitPlanPayload,
        zh,
        (Receiver.PERSON, Receiver.HOME_UNIT),
        example={"place_id": str(PLACE_EXAMPLE_ID), "from_at": "2026-11-25T01:00:00Z"},
    )
    for name, zh in {
        EventName.VISIT_PLAN_MADE: "走访计划",
        EventName.VISIT_PLAN_KEPT: "计划成行",
        EventName.VISIT_PLAN_CANCELLED: "计划取消",
    }.items()
}
