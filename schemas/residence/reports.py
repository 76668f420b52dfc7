"""Residence reports as they cross the wire: a member's dated, two-sided link to where he or she lives."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import Answer, Asked, Instant, Line


class ResidenceReportState(StrEnum):
    """submitted → confirmed | returned | ended; confirmed → ended."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    ENDED = "ended"


class ResidenceReportAsked(Asked):
    """Reporting to the Party organisation of the community where the member lives."""

    organisation_id: UUID


class ResidenceReportConfirmed(Asked):
    """A confirmation says nothing more than that."""


class ResidenceReportReturned(Asked):
    """Why the organisation cannot confirm; the member may report again."""

    reason: Line


class ResidenceReportEnded(Asked):
    """Why the link ends, such as a move."""

    reason: Line


class ResidenceReportOut(Answer):
    """A residence report."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    state: ResidenceReportState
    submitted_at: Instant
    decided_at: Instant | None
    return_reason: str | None
    ended_at: Instant | None
    end_reason: str | None
    version: int
