"""Placements as they cross the wire: study, practice, secondment, teaching (DOMAIN §1 rows 46–51)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.foundation.common import Day, Filled, Line, RequestModel, ResponseModel, Text, Timestamp

LONGEST_TERM_DAYS = 6 * 366


class PlacementKind(StrEnum):
    """What somebody is sent to the grassroots for."""

    RESEARCH = "research"
    """专题调研"""
    WORK_PRACTICE = "work_practice"
    """工作实习"""
    SECONDMENT = "secondment"
    """挂职"""
    VILLAGE_POSTING = "village_posting"
    """驻村（乡村振兴）"""
    TEACHING = "teaching"
    """支教"""
    VOLUNTEERING = "volunteering"
    """志愿服务"""


class PlacementCreate(RequestModel):
    """Somebody is sent from one organisation to another for a term."""

    person_id: UUID
    kind: PlacementKind
    sending_id: UUID
    host_id: UUID
    topic: Line
    begins_on: Day
    ends_on: Day
    """The last day."""

    @model_validator(mode="after")
    def _term_in_order(self) -> Self:
        if not 0 <= (self.ends_on - self.begins_on).days <= LONGEST_TERM_DAYS:
            raise PydanticCustomError("placement_term", "A term ends after it begins and lasts at most six years")
        return self


class PlacementEnd(RequestModel):
    """Why a placement ends before its last day."""

    reason: Line


class PlacementReportUpdate(RequestModel):
    """What the person found; short on purpose: results, not paperwork."""

    title: Line
    summary: Filled


class Adoption(RequestModel):
    """Whether the sending organisation adopted the report, and why."""

    is_adopted: bool
    reason: Filled


class AppraisalCreate(RequestModel):
    """What the host says about the person's work."""

    appraisal: Filled


class PlacementOut(ResponseModel):
    """A placement with what came of it."""

    id: UUID
    person_id: UUID
    kind: PlacementKind
    sending_id: UUID
    host_id: UUID
    topic: str
    begins_on: date
    ends_on: date
    ended_at: Timestamp | None
    end_reason: str | None
    report_title: str | None
    report_summary: str | None
    reported_at: Timestamp | None
    is_adopted: bool | None
    adoption_reason: str | None
    appraisal: str | None
    appraised_at: Timestamp | None
    created_at: Timestamp
    version: int


class EarlierReportOut(ResponseModel):
    """What a report said before it was written anew."""

    title: str
    summary: str
    reported_at: Timestamp
    version: int
    """The placement's, until which it stood."""


class Criteria(RequestModel):
    """Whom a plan looks for; what is left out is not looked at. Data, not a formula."""

    born_in_or_after: Annotated[int, Field(ge=1940, le=2200)] | None = None
    grassroots_months_below: Annotated[int, Field(ge=1, le=600)] | None = None


class SelectionCreate(RequestModel):
    """A year's plan to send the young who lack experience at the grassroots."""

    organisation_id: UUID
    year: Annotated[int, Field(ge=2000, le=2200)]
    criteria: Criteria
    planned: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many the plan wants to send; none by default."""


class SelectionOut(ResponseModel):
    """A plan of selection."""

    id: UUID
    organisation_id: UUID
    year: int
    criteria: Criteria
    planned: int | None
    created_at: Timestamp
    version: int


class BackgroundUpdate(RequestModel):
    """What the plan needs to know of a person: no date of birth, the year is enough."""

    birth_year: Annotated[int, Field(ge=1900, le=2200)]
    grassroots_months: Annotated[int, Field(ge=0, le=900)]
    """Months worked at the grassroots before this system knew of any."""


class EarlierBackgroundOut(ResponseModel):
    """What was noted of a person at some time."""

    birth_year: int
    grassroots_months: int
    set_at: Timestamp
    version: int


class BackgroundOut(EarlierBackgroundOut):
    """What is noted of a person, and what was before."""

    earlier: list[EarlierBackgroundOut]


class SelectionDecision(StrEnum):
    """What people decided about a person on the list."""

    CHOSEN = "chosen"
    NOT_NOW = "not_now"


class SelectionDecisionCreate(RequestModel):
    """People decide, with a reason."""

    decision: SelectionDecision
    reason: Filled


class SelectionDecisionOut(ResponseModel):
    """What was decided about a person at some time."""

    decision: SelectionDecision
    reason: Text
    decided_by: UUID
    decided_at: Timestamp
    version: int


class DecisionOut(SelectionDecisionOut):
    """What was decided about a person, and what had been before."""

    earlier: list[SelectionDecisionOut]


class CandidateOut(ResponseModel):
    """Somebody whom the criteria fit or who was decided about, with the facts; in no order of merit."""

    person_id: UUID
    name: str
    birth_year: int | None
    grassroots_months: int | None
    """Those known before and those of placements here, a day once; null when nobody has said."""
    fits_criteria: bool
    """False for somebody who was decided about and whom the criteria no longer fit."""
    decision: SelectionDecision | None
    reason: Text | None
    decision_version: int | None
    """What a change of the decision is based on."""
