"""Types of the event catalogue: payload classes, receivers, and the schemas of feed and webhooks."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.events.names import EventName
from schemas.foundation.common import ResponseModel, Timestamp

VISIT_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000001")
PERSON_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000002")
ORGANISATION_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000003")
PLACE_EXAMPLE_ID = UUID("01936f5e-7c00-7000-8000-000000000004")


class Payload(BaseModel):
    """Base of payloads: only ids, states, counts and timestamps.

    Never a name, a text, a contact or a position.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoPayload(Payload):
    """An empty payload: name, subject and timestamp of the event are enough."""


class Receiver(Enum):
    """Who gets an event in the feed, in Chinese and English.

    `tests/tour` compares it with the recorded events.
    """

    PERSON = ("本人", "the person that the event is about, or its author")
    HOME_UNIT = ("本人所在单位", "that person's organisation")
    OWNER = ("承办或决定的单位", "the organisation that owns it or decides on it, and the previous one")
    HOST = ("接收单位", "the organisation that hosts the person")
    PLACE = ("走访点所属组织", "the organisation responsible for the place")
    COMMUNITY = ("居住地党组织", "the Party organisation where the person lives")
    ORGANISATION = ("所涉组织及其上级", "the organisations that the event is about, including a parent")

    @property
    def zh(self) -> str:
        return str(self.value[0])

    @property
    def en(self) -> str:
        return str(self.value[1])


HISTORY: tuple[Receiver, ...] = ()
"""No receivers: the event is not in a feed, only in the history of its subject."""


@dataclass(frozen=True)
class Described:
    """The description of one event in the catalogue."""

    payload: type[Payload]
    zh: str
    receivers: tuple[Receiver, ...]
    """Who gets the event in the feed."""
    outward: bool = False
    """Whether a webhook endpoint may subscribe to it."""
    example: dict[str, Any] = field(default_factory=dict)
    """An example payload."""
    requires_reload: bool = False
    """A phone that reads it deletes its copies of other people's records and loads them again."""
    exceptions: str = ""
    """Receivers that do not get the event although `receivers` includes them."""


class EventOut(ResponseModel):
    """An event in the feed or a webhook. Read the details at `link` with your own access token."""

    id: UUID
    type: EventName
    timestamp: Timestamp
    subject_id: UUID
    link: str | None
    payload: dict[str, Any]


class ReceiverOut(ResponseModel):
    """A kind of receiver of an event."""

    code: str
    zh: str
    en: str


class CatalogueLine(ResponseModel):
    """An event of the catalogue: meaning, receivers, and an example payload."""

    type: EventName
    zh: str
    en: str
    receivers: list[ReceiverOut]
    exceptions: str
    """Receivers that do not get the event although `receivers` includes them; usually empty."""
    is_outward: bool
    requires_reload: bool
    """A phone that reads it deletes its copies of other people's records and loads them again."""
    example: dict[str, Any]


class Catalogue(ResponseModel):
    """The event catalogue."""

    contract: str
    """The guarantees for readers of the feed."""
    events: list[CatalogueLine]


class FeedPage(ResponseModel):
    """The next events for the caller, oldest first. Store `next_cursor` and send it with the next request."""

    items: list[EventOut]
    next_cursor: str
    is_complete: bool
    """True when there were no more events at the time of the request."""


class WebhookBody(ResponseModel):
    """The body of a webhook (Standard Webhooks 1.0)."""

    type: EventName
    timestamp: datetime
    data: dict[str, Any]
