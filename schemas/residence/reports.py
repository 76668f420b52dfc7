"""Residence reports as they cross the wire: a member's dated, two-sided link to where he or she lives."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import Line, RequestModel, ResponseModel, Timestamp


class ResidenceReportState(StrEnum):
    """submitted → confirmed | returned | ended; confirmed → ended."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    ENDED = "ended"


class ResidenceReportCreate(RequestModel):
    """Reporting to the Party organisation of the community where the member lives."""

    organisation_id: UUID


class ResidenceReportConfirm(RequestModel):
    """A confirmation says nothing more than that."""


class ResidenceReportReturn(RequestModel):
    """Why the organisation cannot confirm; the member may report again."""

    reason: Line


class ResidenceReportEnd(RequestModel):
    """Why the link ends, such as a move."""

    reason: Line


class ResidenceReportOut(ResponseModel):
    """A residence report."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    state: ResidenceReportState
    submitted_at: Timestamp
    decided_at: Timestamp | None
    return_reason: str | None
    ended_at: Timestamp | None
    end_reason: str | None
    version: int
