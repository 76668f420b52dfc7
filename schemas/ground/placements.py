"""Requests and responses of placements (DOMAIN §1 rows 46–51)."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.foundation.common import Day, Filled, Line, PageQuery, RequestModel, ResponseModel, Text, Timestamp

LONGEST_TERM_DAYS = 6 * 366


class PlacementKind(StrEnum):
    """The purpose of a placement at the grassroots."""

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
    """A person is sent from one organisation to another for a term."""

    person_id: UUID
    kind: PlacementKind
    sending_id: UUID
    """The organisation that sends the person."""
    host_id: UUID
    """The organisation where the person works."""
    topic: Line
    begins_on: Day
    ends_on: Day
    """The last day of the term."""

    @model_validator(mode="after")
    def _term_in_order(self) -> Self:
        if not 0 <= (self.ends_on - self.begins_on).days <= LONGEST_TERM_DAYS:
            raise PydanticCustomError("placement_term", "A term ends after it begins and lasts at most six years")
        return self


class PlacementEnd(RequestModel):
    """Why a placement ends before its last day."""

    reason: Line


class PlacementReportUpdate(RequestModel):
    """The report of a placement: short, with results."""

    title: Line
    summary: Filled


class AdoptionUpdate(RequestModel):
    """Whether the sending organisation adopted the report, and why."""

    is_adopted: bool
    reason: Filled


class AppraisalCreate(RequestModel):
    """The host's appraisal of the person's work."""

    appraisal: Filled


class PlacementOut(ResponseModel):
    """A placement with its report, adoption and appraisal."""

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
    """The text of a report before it was rewritten."""

    title: str
    summary: str
    reported_at: Timestamp
    version: int
    """The last version of the placement with this text."""


class Criteria(RequestModel):
    """The criteria of a selection plan. A criterion that is null is not checked."""

    born_in_or_after: Annotated[int, Field(ge=1940, le=2200)] | None = None
    """The earliest year of birth."""
    grassroots_months_below: Annotated[int, Field(ge=1, le=600)] | None = None
    """Only people with fewer months at the grassroots."""


class SelectionCreate(RequestModel):
    """An organisation's yearly plan to send young people who lack grassroots experience."""

    organisation_id: UUID
    year: Annotated[int, Field(ge=2000, le=2200)]
    criteria: Criteria
    planned: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many people the plan intends to send; null when not stated."""


class SelectionOut(ResponseModel):
    """A selection plan."""

    id: UUID
    organisation_id: UUID
    year: int
    criteria: Criteria
    planned: int | None
    created_at: Timestamp
    version: int


class BackgroundUpdate(RequestModel):
    """The facts about a person that a selection plan needs. Only the year of birth, not the date."""

    birth_year: Annotated[int, Field(ge=1900, le=2200)]
    grassroots_months: Annotated[int, Field(ge=0, le=900)]
    """Months at the grassroots before the placements recorded here."""


class EarlierBackgroundOut(ResponseModel):
    """Earlier values of a person's background."""

    birth_year: int
    grassroots_months: int
    set_at: Timestamp
    version: int


class BackgroundOut(EarlierBackgroundOut):
    """A person's background with its earlier values."""

    earlier: list[EarlierBackgroundOut]


class SelectionDecision(StrEnum):
    """The decision about a candidate."""

    SELECTED = "selected"
    DEFERRED = "deferred"


class SelectionDecisionCreate(RequestModel):
    """A decision about a candidate, with the reason."""

    decision: SelectionDecision
    reason: Filled


class SelectionDecisionOut(ResponseModel):
    """A version of the decision about a candidate."""

    decision: SelectionDecision
    reason: Text
    decided_by: UUID
    decided_at: Timestamp
    version: int


class DecisionOut(SelectionDecisionOut):
    """The decision about a candidate with its earlier versions."""

    earlier: list[SelectionDecisionOut]


class CandidateOut(ResponseModel):
    """A person who matches the criteria or already has a decision, with the facts. There is no ranking."""

    person_id: UUID
    name: str
    birth_year: int | None
    grassroots_months: int | None
    """Earlier months plus months of placements here; overlapping days count once. Null when unknown."""
    fits_criteria: bool
    """False for a person who has a decision but no longer matches the criteria."""
    decision: SelectionDecision | None
    reason: Text | None
    decision_version: int | None
    """The version to send in If-Match when the decision is changed; null without a decision."""


class PlacementQuery(PageQuery):
    """Which placements to list."""

    person_id: UUID | None = None
    sending_id: UUID | None = None
    host_id: UUID | None = None
    kind: PlacementKind | None = None


class SelectionQuery(PageQuery):
    """Which yearly plans to list."""

    organisation_id: UUID | None = None
    year: Annotated[int | None, Field(ge=2000, le=2200)] = None
