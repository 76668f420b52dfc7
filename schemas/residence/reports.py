"""Requests and responses of residence reports: a Party member reports to the community of their home."""

from uuid import UUID

from schemas.foundation.common import Line, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum


class ResidenceReportState(LabelledEnum):
    """The state of a report: submitted → confirmed | returned | ended; confirmed → ended."""

    SUBMITTED = "submitted", "待确认"
    CONFIRMED = "confirmed", "已确认"
    RETURNED = "returned", "已退回"
    ENDED = "ended", "已结束"


class ResidenceReportCreate(RequestModel):
    """A report to the Party organisation of the community where the member lives."""

    organisation_id: UUID
    """The Party organisation of the community or village."""


class ResidenceReportConfirm(RequestModel):
    """A confirmation has no fields."""


class ResidenceReportReturn(RequestModel):
    """Why the organisation cannot confirm; the member may report again."""

    reason: Line


class ResidenceReportEnd(RequestModel):
    """Why the report ends, such as a move."""

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


class ResidenceReportQuery(PageQuery):
    """Which residence reports to list."""

    state: ResidenceReportState | None = None
    organisation_id: UUID | None = None
