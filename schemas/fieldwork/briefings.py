"""A briefing: what whoever goes to a place should know beforehand."""

from datetime import date
from uuid import UUID

from schemas.fieldwork.visit_plans import CalendarEntry
from schemas.foundation.common import ResponseModel, Timestamp
from schemas.ground.places import PlaceDetails, ReadingOut
from schemas.solving.problems import ProblemState


class OpenProblem(ResponseModel):
    """A problem there that is not solved yet; its text for those who may read it elsewhere, too."""

    id: UUID | None
    category_code: str
    state: ProblemState
    raised_on: date
    description: str | None


class PastVisit(ResponseModel):
    """A visit there that has ended: from where, and what for. Not who: it is about the place."""

    visited_on: date
    organisation_id: UUID
    organisation_name: str
    purpose: str | None


class OpenPromise(ResponseModel):
    """A promise given there that is still to be kept; its text for those who may read it elsewhere, too."""

    id: UUID | None
    due_on: date
    content: str | None


class Briefing(ResponseModel):
    """One page before a visit."""

    place: PlaceDetails
    problems: list[OpenProblem]
    """Oldest first, at most fifty; no accusations."""
    past_visits: list[PastVisit]
    """The last five."""
    promises: list[OpenPromise]
    """Due first, at most fifty."""
    expected: list[CalendarEntry]
    """Announced for the next fourteen days."""
    readings: list[ReadingOut]
    as_of: Timestamp
