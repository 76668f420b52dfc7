"""Plans of visits and the calendar of a place, as they cross the wire."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.fieldwork.visits import PurposeCode
from schemas.foundation.common import Day, Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum

LONGEST = timedelta(days=31)


class VisitPlanState(LabelledEnum):
    """A plan waits, was kept by a visit, or was called off. One that passed without a visit means nothing."""

    PLANNED = "planned", "待走访"
    KEPT = "kept", "已走访"
    CANCELLED = "cancelled", "已取消"


class VisitPlanCreate(RequestModel):
    """Somebody means to go there. Nobody has to plan."""

    place_id: UUID
    organisation_id: UUID | None = None
    """For whom, if you have several postings; otherwise the first that may visit."""
    from_at: Timestamp
    until_at: Timestamp
    is_announced: bool
    """False for 四不两直: nobody at the place hears before the visit has ended."""
    purpose: PurposeCode | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not timedelta() < self.until_at - self.from_at <= LONGEST:
            raise PydanticCustomError("visit_plan_span", "A plan ends after it begins and lasts at most 31 days")
        return self


class VisitPlanCancel(RequestModel):
    """Why it was called off."""

    reason: Line


class VisitPlanOut(ResponseModel):
    """A plan, for whoever made it and that organisation."""

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
    """A stretch at which somebody else is expected at the place.

    Of an unannounced visit only the day, whole, and not who; whoever works at the place hears nothing of it.
    """

    from_at: Timestamp
    until_at: Timestamp
    organisation_id: UUID | None


class VisitPlanWithOthers(ResponseModel):
    """A plan and, as a kindness to the place, who else is expected there on those days."""

    plan: VisitPlanOut
    also_expected: list[OccupiedPeriod]


class CalendarEntry(ResponseModel):
    """An announced visit of a place's calendar."""

    plan_id: UUID
    organisation_id: UUID
    from_at: Timestamp
    until_at: Timestamp
    purpose: str | None


class Calendar(ResponseModel):
    """What is announced at a place, in order of time."""

    items: list[CalendarEntry]


class VisitPlanQuery(PageQuery):
    """Which plans of visits to list."""

    state: VisitPlanState | None = None
    place_id: UUID | None = None


class CalendarQuery(RequestModel):
    """The days of a calendar, both included."""

    from_on: Day
    until_on: Day
