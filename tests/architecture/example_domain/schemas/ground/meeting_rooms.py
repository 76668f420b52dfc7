"""Meeting rooms as they cross the wire: a place has rooms that visitors may use."""

from datetime import date
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Line, PageQuery, RequestModel, ResponseModel, Timestamp


class MeetingRoomCreate(RequestModel):
    """A room at a place, and the last day on which visitors may use it."""

    organisation_id: UUID
    place_id: UUID
    name: Line
    seats: int = Field(ge=1, le=1000)
    usable_until: Day


class MeetingRoomOut(ResponseModel):
    """A room that visitors may use."""

    id: UUID
    organisation_id: UUID
    place_id: UUID
    name: str
    seats: int
    usable_until: date
    created_at: Timestamp
    version: int


class MeetingRoomQuery(PageQuery):
    """Which rooms to list."""

    place_id: UUID | None = None
