"""Requests and responses of contact points: a leader, a place, a term (DESIGN §3)."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.foundation.common import Day, Filled, Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.contacts import Contact
from schemas.identity.local_rules import LocalRuleOut

LONGEST_TERM_DAYS = 6 * 366
"""A term of office is at most five years; a longer term is a mistake."""


class ContactPointCreate(RequestModel):
    """A leader's contact point for a term. With `succeeds_id` it succeeds another one at the same place.

    The predecessor ends on the day before `begins_on`, or now if `begins_on` is today or earlier.
    """

    leader_id: UUID
    organisation_id: UUID
    """The leader's own organisation, which the contact point belongs to."""
    place_id: UUID
    purpose: Line
    begins_on: Day
    ends_on: Day
    """The last day of the term."""
    succeeds_id: UUID | None = None
    """The contact point that this one succeeds."""

    @model_validator(mode="after")
    def _term_in_order(self) -> Self:
        if not 0 <= (self.ends_on - self.begins_on).days <= LONGEST_TERM_DAYS:
            raise PydanticCustomError("contact_point_term", "A term ends after it begins and lasts at most six years")
        return self


class ContactPointEnd(RequestModel):
    """Why a contact point ends before its last day."""

    reason: Line


class OpinionCreate(RequestModel):
    """The opinion of the place at the end of the term. It is optional and cannot be changed later."""

    opinion: Filled


class HouseholdCreate(RequestModel):
    """A household that agreed to contact with the leader."""

    contact: Contact
    agreed_on: Day
    """The day on which the household agreed."""
    notice_version: Line
    """The version of the privacy notice that the household agreed to."""


class HouseholdOut(ResponseModel):
    """A household with its contact. Only the leader reads it, and each reading is logged."""

    id: UUID
    contact: Contact
    agreed_on: date
    notice_version: str


class ContactPointYear(ResponseModel):
    """A leader's planned and completed visits at the contact point in a calendar year of the term."""

    year: int
    planned: int
    """Number of visit plans that were not cancelled."""
    visited: int
    """Number of visits, as the visitor or as a companion."""


class ContactPointOwnState(ResponseModel):
    """The state of a leader's own contact point. Only the leader reads it."""

    contact_point_id: UUID
    expected_visits_a_year: int | None
    """Expected visits in a year; null when no local rule sets it."""
    rule: LocalRuleOut | None
    """The local rule that sets the expectation."""
    years: list[ContactPointYear]
    """The years of the term so far, the newest last."""


class ContactPointOut(ResponseModel):
    """A leader's contact point. It does not contain the number of visits."""

    id: UUID
    leader_id: UUID
    organisation_id: UUID
    place_id: UUID
    purpose: str
    begins_on: date
    ends_on: date
    succeeds_id: UUID | None
    ended_at: Timestamp | None
    end_reason: str | None
    opinion: str | None
    opinion_at: Timestamp | None
    created_at: Timestamp
    version: int


class ContactPointQuery(PageQuery):
    """Which contact points to list."""

    leader_id: UUID | None = None
    organisation_id: UUID | None = None
    place_id: UUID | None = None
    on: Annotated[Day | None, Field(description="Only those whose term includes this day.")] = None
