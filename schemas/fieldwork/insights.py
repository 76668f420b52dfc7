"""Insights (民情): something heard at a place, its routing and its decision; the digest."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Filled, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.identity.organisations import DivisionCode
from schemas.solving.problems import CategoryCode


class InsightKind(StrEnum):
    """Kind of an insight (DOMAIN §1 rows 26, 28, 41)."""

    CONDITION = "condition"
    OPINION = "opinion"
    POLICY_FEEDBACK = "policy_feedback"
    SHORTAGE_OF_TALENT = "shortage_of_talent"
    SHORTAGE_OF_IDEAS = "shortage_of_ideas"
    SHORTAGE_OF_TECHNOLOGY = "shortage_of_technology"
    SHORTAGE_OF_PROJECTS = "shortage_of_projects"


class InsightCreate(RequestModel):
    """Something heard, in your own words. Do not name anybody."""

    kind: InsightKind
    category_code: CategoryCode
    """The topic: a code of a problem category."""
    content: Filled


class InsightWithVisitCreate(InsightCreate):
    """Something heard at a place, in a visit or outside one."""

    place_id: UUID
    visit_id: UUID | None = None


class InsightRoute(RequestModel):
    """The unit that can decide on the insight."""

    organisation_id: UUID


class InsightDecision(RequestModel):
    """The decision of the unit, with its reason."""

    is_adopted: bool
    reason: Filled


class InsightOut(ResponseModel):
    """An insight.

    The place's own organisation does not see it, because people also speak about their committee.

    `raised_by` and `visit_id` are null for a unit that only decides on the insight.
    """

    id: UUID
    kind: InsightKind
    category_code: str
    content: str
    place_id: UUID
    visit_id: UUID | None
    raised_by: UUID | None
    organisation_id: UUID
    raised_at: Timestamp
    routed_to: UUID | None
    is_adopted: bool | None
    decision_reason: str | None
    decided_at: Timestamp | None
    version: int


class DigestLine(ResponseModel):
    """Counts of insights by at least five people about one topic, area and month; no texts, no names."""

    month_on: date
    """The first day of the calendar month (Beijing time)."""
    category_code: str
    division_code: str
    """The township (street) of the places, nine digits. A grid has the township of its community."""
    kind: InsightKind
    insights: Annotated[int, Field(ge=5)]
    places: int
    routed: int
    adopted: int
    refused: int


class Digest(ResponseModel):
    """A digest of whole months that have ended, with one line per topic, area and month."""

    from_on: date
    until_on: date
    lines: list[DigestLine]
    suppressed: int
    """Number of insights left out of the lines because fewer than five people recorded them."""
    without_area: int
    """Number of insights at places without a division: in no line and not in `suppressed`, whatever the area."""


class InsightQuery(PageQuery):
    """Filter of the list of insights."""

    kind: InsightKind | None = None
    place_id: UUID | None = None
    visit_id: UUID | None = None
    routed_to: UUID | None = None


class DigestQuery(RequestModel):
    """The months and the area of a digest."""

    from_on: Annotated[Day, Field(description="The first day of a month.")]
    until_on: Annotated[Day, Field(description="The last day of a month that has ended (Beijing time).")]
    division_code: Annotated[DivisionCode | None, Field(description="At most nine digits: a township.")] = None
