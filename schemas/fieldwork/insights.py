"""Insights as they cross the wire: what was heard (民情), and what became of it."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Filled, RequestModel, ResponseModel, Timestamp
from schemas.solving.problems import CategoryCode


class InsightKind(StrEnum):
    """What sort of thing was heard (DOMAIN §1 rows 26, 28, 41)."""

    CONDITION = "condition"
    OPINION = "opinion"
    POLICY_FEEDBACK = "policy_feedback"
    SHORTAGE_OF_TALENT = "shortage_of_talent"
    SHORTAGE_OF_IDEAS = "shortage_of_ideas"
    SHORTAGE_OF_TECHNOLOGY = "shortage_of_technology"
    SHORTAGE_OF_PROJECTS = "shortage_of_projects"


class InsightCreate(RequestModel):
    """Something heard, in one's own words; name nobody."""

    kind: InsightKind
    category_code: CategoryCode
    """Its topic, one of the categories of problems."""
    content: Filled


class InsightAsked(InsightCreate):
    """Something heard at a place, in a visit or outside one."""

    place_id: UUID
    visit_id: UUID | None = None


class InsightRoute(RequestModel):
    """The unit that can decide about it."""

    organisation_id: UUID


class InsightDecision(RequestModel):
    """What the deciding unit makes of it, and why."""

    is_adopted: bool
    reason: Filled


class InsightOut(ResponseModel):
    """An insight. The place's own organisation does not see it: people also speak of their committee.

    To a unit that did not hear it and only decides on it, `raised_by` and `visit_id` are null.
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
    """What at least five persons heard about one topic in one area in one month; never who said what."""

    month_on: date
    """The first day of the calendar month, in China."""
    category_code: str
    division_code: str
    """The township (street) of the places, nine digits; a grid lies where its community does."""
    kind: InsightKind
    heard: Annotated[int, Field(ge=5)]
    places: int
    routed: int
    adopted: int
    refused: int


class Digest(ResponseModel):
    """A digest of whole months that are over, a line for each topic, area and month."""

    from_on: date
    until_on: date
    lines: list[DigestLine]
    withheld: int
    """Insights that were too few, of too few persons, to be shown in a line."""
    without_area: int
    """Insights at places whose division nobody knows: in no line, not in `withheld`, whatever area was asked for."""
