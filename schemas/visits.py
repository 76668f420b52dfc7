"""Visits as they cross the wire: check in, record, check out."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.common import Answer, Asked, Instant, Text
from schemas.geo import Position


class Presence(StrEnum):
    """What the evidence of being there supports. It has no consequence for the person (DESIGN §2.2)."""

    VERIFIED = "verified"
    DOUBTFUL = "doubtful"
    UNVERIFIED = "unverified"


class PresenceReason(StrEnum):
    """Why a presence is what it is; the rule for each stands in `service/visits/rules.py`."""

    POSITION_MISSING = "position_missing"
    PLACE_NOT_LOCATED = "place_not_located"
    OUTSIDE_FENCE = "outside_fence"
    FENCE_EDGE = "fence_edge"
    POSITION_STALE = "position_stale"
    CLOCK_SKEW = "clock_skew"
    POSITION_MOCKED = "position_mocked"


class VisitState(StrEnum):
    """Open until checked out."""

    OPEN = "open"
    ENDED = "ended"


class VisitPurpose(StrEnum):
    """Why somebody went there (DOMAIN §4)."""

    LISTENING = "listening"
    CONTACT_POINT = "contact_point"
    HELP = "help"
    RESEARCH = "research"
    GREETING = "greeting"
    OTHER = "other"


class CheckIn(Asked):
    """Arriving at a place. The position may be left out, which has no consequence."""

    place_id: UUID
    checked_in_at: Instant
    organisation_id: UUID | None = None
    """For whom, if the visitor has several postings; otherwise the first that may visit."""
    position: Position | None = None


class VisitRecord(Asked):
    """What was heard and done; sent again, it replaces the earlier record."""

    purpose: VisitPurpose
    people_met: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    heard: Text = ""
    done: Text = ""


class CheckOut(Asked):
    """Leaving. Not before the check-in."""

    checked_out_at: Instant


class VisitOut(Answer):
    """A visit. The position is not part of it: it was judged and, without consent, forgotten."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    place_id: UUID
    state: VisitState
    checked_in_at: Instant
    checked_out_at: Instant | None
    presence: Presence
    presence_reasons: list[PresenceReason]
    purpose: VisitPurpose | None
    people_met: int | None
    heard: str | None
    """Null for those who see the visit through its place: what people confided stays on the visitor's side."""
    done: str | None
    recorded_at: Instant
    """When the server wrote the check-in down."""
    version: int
