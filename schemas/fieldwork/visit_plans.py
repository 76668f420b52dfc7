"""Plans of visits, and the calendar of a place."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.fieldwork.visits import PurposeCode
from schemas.foundation.common import Day, Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum

MAX_SPAN = timedelta(days=31)


class VisitPlanState(LabelledEnum):
    """A plan is planned, kept by a visit, or cancelled. A plan without a visit has no consequence."""

    PLANNED = "planned", "待走访"
    KEPT = "kept", "已走访"
    CANCELLED = "cancelled", "已取消"


class VisitPlanCreate(RequestModel):
    """A planned visit. A plan is optional."""

    place_id: UUID
    organisation_id: UUID | None = None
    """Your organisation for the visit; by default that of your first posting that may visit."""
    from_at: Timestamp
    until_at: Timestamp
    is_announced: bool
    """False for 四不两直: nobody at the place sees the visit before it has ended."""
    purpose: PurposeCode | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() < self.until_at - self.from_at <= MAX_SPAN:
            raise PydanticCustomError("visit_plan_span", "A plan ends after it begins and lasts at most 31 days")
        return self


class VisitPlanCancel(RequestModel):
    """The reason of the cancellation."""

    reason: Line


class VisitPlanOut(ResponseModel):
    """A plan, visible to the person who made it and to the organisation."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    place_id: UUID
    from_at: Timestamp
    until_at: Timestamp
    is_announced: bool
    purpose: str | None
    state: VisitPlanState
    visit_id: UUID | None
    cancel_reason: str | None
    created_at: Timestamp
    version: int


class OccupiedPeriod(ResponseModel):
    """A period in which another visit is expected at the place.

    An unannounced visit gives a whole day without an organisation. People who work at the place do not see it.
    """

    from_at: Timestamp
    until_at: Timestamp
    organisation_id: UUID | None


class VisitPlanWithOthers(ResponseModel):
    """A plan, and the other visits expected at the place on those days."""

    plan: VisitPlanOut
    also_expected: list[OccupiedPeriod]


class CalendarEntry(ResponseModel):
    """An announced visit in the calendar of a place."""

    plan_id: UUID
    organisation_id: UUID
    from_at: Timestamp
    until_at: Timestamp
    purpose: str | None


class Calendar(ResponseModel):
    """The announced visits of a place, in order of time."""

    items: list[CalendarEntry]


class VisitPlanQuery(PageQuery):
    """Filter of the list of plans."""

    state: VisitPlanState | None = None
    place_id: UUID | None = None


class CalendarQuery(RequestModel):
    """First and last day of a calendar, both included."""

    from_on: Day
    until_on: Day
