"""Promises as they cross the wire: given in a visit, with an owner and a day, kept or explained."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import Day, Filled, RequestModel, ResponseModel, Timestamp


class PromiseState(StrEnum):
    """A promise is open until it is kept or it is explained why not."""

    OPEN = "open"
    KEPT = "kept"
    EXPLAINED = "explained"


class PromiseCreate(RequestModel):
    """What was promised at a place, who sees to it and until when."""

    place_id: UUID
    visit_id: UUID | None = None
    content: Filled
    owner_id: UUID | None = None
    """Who sees to it; left out, whoever promised."""
    due_on: Day


class PromiseEnd(RequestModel):
    """How it was kept, or why it could not be."""

    outcome: Filled


class PromiseOut(ResponseModel):
    """A promise. Those it was given to see it too."""

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
