"""What every event's description has: its payload, who receives it, an example, what a phone does about it."""

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
    """Ids, states, counts and moments only: never a name, a text, a contact or a position."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoPayload(Payload):
    """The event's name, subject and moment say it all."""


class Receiver(Enum):
    """Who finds an event in the feed, in both languages. `tests/tour` compares it with what was really told."""

    PERSON = ("本人", "the person it is about, or who made it")
    HOME_UNIT = ("本人所在单位", "that person's organisation")
    OWNER = ("承办或决定的单位", "the organisation that owns it or decides on it, and the one that did before")
    HOST = ("接收单位", "the organisation that takes the person in")
    PLACE = ("走访点所属组织", "the organisation responsible for the place")
    COMMUNITY = ("居住地党组织", "the Party organisation where the person lives")
    ORGANISATION = ("所涉组织及其上级", "the organisations it is about, a parent among them")

    @property
    def zh(self) -> str:
        return str(self.value[0])

    @property
    def en(self) -> str:
        return str(self.value[1])


HISTORY: tuple[Receiver, ...] = ()
"""Nobody finds it in a feed: it is history of its subject."""


@dataclass(frozen=True)
class Described:
    """One line of the catalogue."""

    payload: type[Payload]
    zh: str
    receivers: tuple[Receiver, ...]
    """Who finds it in the feed."""
    outward: bool = False
    """Whether a webhook endpoint may subscribe to it."""
    example: dict[str, Any] = field(default_factory=dict)
    """A payload as it may come."""
    is_to_be_read_anew: bool = False
    """A phone that finds it drops what it keeps of others' records and reads from the beginning."""
    but: str = ""
    """Who does not hear of it though the line above says so."""


class EventOut(ResponseModel):
    """One event as the feed and webhooks give it; read the details at `link` with your own sign-in."""

    id: UUID
    type: EventName
    timestamp: Timestamp
    subject_id: UUID
    link: str | None
    payload: dict[str, Any]


class ReceiverOut(ResponseModel):
    """Who finds an event in the feed."""

    code: str
    zh: str
    en: str


class CatalogueLine(ResponseModel):
    """One event there is: what it means, who hears of it, whether a webhook may, and a payload as it may come."""

    type: EventName
    zh: str
    en: str
    receivers: list[ReceiverOut]
    but: str
    """Who does not hear of it though the line says so; mostly empty."""
    is_outward: bool
    is_to_be_read_anew: bool
    """A phone that finds it drops what it keeps of others' records and reads from the beginning."""
    example: dict[str, Any]


class Catalogue(ResponseModel):
    """Every event there is."""

    contract: str
    """What a reader may rely on."""
    events: list[CatalogueLine]


class FeedPage(ResponseModel):
    """The next events for the caller, oldest first. Keep `next_cursor` and ask again with it."""

    items: list[EventOut]
    next_cursor: str
    is_complete: bool
    """True when there was nothing more at the moment of asking."""


class Delivered(ResponseModel):
    """The body of a webhook (Standard Webhooks 1.0)."""

    type: EventName
    timestamp: datetime
    data: dict[str, Any]
