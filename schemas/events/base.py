"""What every event's description has: its payload, who receives it, an example."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.common import Answer, Instant
from schemas.events.names import EventName

VISIT_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000001")
PERSON_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000002")
ORGANISATION_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000003")
PLACE_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000004")


class Payload(BaseModel):
    """Ids, states, counts and moments only: never a name, a text, a contact or a position."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoPayload(Payload):
    """The event's name, subject and moment say it all."""


@dataclass(frozen=True)
class Described:
    """One line of the catalogue."""

    payload: type[Payload]
    zh: str
    receivers: str
    """Who finds it in the feed, in words."""
    outward: bool = False
    """Whether a webhook endpoint may subscribe to it."""
    example: dict[str, Any] | None = None


class EventOut(Answer):
    """One event as the feed and webhooks give it; read the details at `link` with your own sign-in."""

    id: UUID
    type: EventName
    timestamp: Instant
    subject_id: UUID
    link: str | None
    payload: dict[str, Any]


class FeedPage(Answer):
    """The next events for the caller, oldest first. Keep `next_cursor` and ask again with it."""

    items: list[EventOut]
    next_cursor: str
    is_complete: bool
    """True when there was nothing more at the moment of asking."""


class Delivered(Answer):
    """The body of a webhook (Standard Webhooks 1.0)."""

    type: EventName
    timestamp: datetime
    data: dict[str, Any]
