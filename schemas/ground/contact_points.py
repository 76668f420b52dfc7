"""Contact points as they cross the wire: a leader, a place, a term (DESIGN §3)."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from schemas.foundation.common import Day, Filled, Line, RequestModel, ResponseModel, Timestamp
from schemas.foundation.contacts import Contact
from schemas.identity.local_rules import LocalRuleOut

LONGEST_TERM_DAYS = 6 * 366
"""A term of office is at most five years; beyond this it is a slip of the pen."""


class ContactPointCreate(RequestModel):
    """A leader's contact point for a term. With `succeeds_id` it takes over from another at the same place.

    The other one ends on the day this one begins, or at once if that day has come.
    """

    leader_id: UUID
    organisation_id: UUID
    """The leader's own organisation, for which the contact is kept."""
    place_id: UUID
    purpose: Line
    begins_on: Day
    ends_on: Day
    """The last day."""
    succeeds_id: UUID | None = None

    @model_validator(mode="after")
    def _term_in_order(self) -> Self:
        if not 0 <= (self.ends_on - self.begins_on).days <= LONGEST_TERM_DAYS:
            raise PydanticCustomError("contact_point_term", "A term ends after it begins and lasts at most six years")
        return self


class ContactPointEnd(RequestModel):
    """Why a contact ends before its last day."""

    reason: Line


class OpinionCreate(RequestModel):
    """What the place says about the contact at the end of its term. Nobody has to; what was said stays."""

    opinion: Filled


class HouseholdCreate(RequestModel):
    """A household the leader keeps in touch with; it agreed, on that day, to this notice."""

    contact: Contact
    agreed_on: Day
    notice_version: Line


class HouseholdOut(ResponseModel):
    """A household with its contact: for the leader alone, each reading on record."""

    id: UUID
    contact: Contact
    agreed_on: date
    notice_version: str


class ContactPointYear(ResponseModel):
    """What a leader planned and did at the contact point in one calendar year of the term. Facts, no judgement."""

    year: int
    planned: int
    """Plans that were not cancelled."""
    went: int
    """Visits, as the visitor or as a companion."""


class ContactPointOwnState(ResponseModel):
    """The own contact point of a leader, for that leader alone."""

    contact_point_id: UUID
    expected_visits_a_year: int | None
    """Null: nothing is expected, as nobody set anything."""
    rule: LocalRuleOut | None
    """Where the expectation comes from."""
    years: list[ContactPointYear]
    """Of the term so far, the newest last."""


class ContactPointOut(ResponseModel):
    """A leader's contact point. How often somebody came is not part of it."""

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
