"""Briefing: what a visitor needs to know about a place before the visit."""

from datetime import date
from uuid import UUID

from schemas.fieldwork.visit_plans import CalendarEntry
from schemas.foundation.common import ResponseModel, Timestamp
from schemas.ground.places import PlaceDetails, ReadingOut
from schemas.solving.problems import ProblemState


class OpenProblem(ResponseModel):
    """An open problem of the place.

    `id` and `description` are null unless the reader may see the problem.
    """

    id: UUID | None
    category_code: str
    state: ProblemState
    raised_on: date
    description: str | None


class PastVisit(ResponseModel):
    """An ended visit at the place, with its organisation and purpose, without the visitor."""

    visited_on: date
    organisation_id: UUID
    organisation_name: str
    purpose: str | None


class OpenPromise(ResponseModel):
    """An open promise made at the place.

    `id` and `content` are null unless the reader may see the promise.
    """

    id: UUID | None
    due_on: date
    content: str | None


class Briefing(ResponseModel):
    """The briefing of one place."""

    place: PlaceDetails
    problems: list[OpenProblem]
    """Oldest first, at most 50, without accusations."""
    past_visits: list[PastVisit]
    """The last five visits."""
    promises: list[OpenPromise]
    """Earliest due date first, at most 50."""
    expected: list[CalendarEntry]
    """Announced visits of the next 14 days."""
    readings: list[ReadingOut]
    as_of: Timestamp
