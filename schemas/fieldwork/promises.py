"""Promises made at a place, with an owner and a due date, kept or explained."""

from datetime import date
from uuid import UUID

from schemas.foundation.common import Day, Filled, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum


class PromiseState(LabelledEnum):
    """A promise is open until it is kept or explained."""

    OPEN = "open", "办理中"
    KEPT = "kept", "已兑现"
    EXPLAINED = "explained", "已说明未兑现的原因"


class PromiseCreate(RequestModel):
    """A promise made at a place, with its owner and due date."""

    place_id: UUID
    visit_id: UUID | None = None
    content: Filled
    owner_id: UUID | None = None
    """The person who must keep the promise; by default the person who makes it."""
    due_on: Day


class PromiseEnd(RequestModel):
    """How the promise was kept, or why it could not be kept."""

    outcome: Filled


class PromiseOut(ResponseModel):
    """A promise. The organisation responsible for the place can see it too."""

    id: UUID
    place_id: UUID
    visit_id: UUID | None
    content: str
    promised_by: UUID
    owner_id: UUID
    organisation_id: UUID
    due_on: date
    state: PromiseState
    outcome: str | None
    ended_at: Timestamp | None
    created_at: Timestamp
    version: int


class PromiseQuery(PageQuery):
    """Filter of the list of promises."""

    state: PromiseState | None = None
    place_id: UUID | None = None
    owner_id: UUID | None = None
    visit_id: UUID | None = None
