"""Persons and their consents as they cross the wire."""

from enum import StrEnum
from uuid import UUID

from schemas.common import Answer, Asked, Instant, Line


class ConsentPurpose(StrEnum):
    """What a person may agree to; each can be withdrawn at any time (DESIGN §2.8)."""

    KEEP_POSITIONS = "keep_positions"


class PersonAsked(Asked):
    """A person to create, with the organisation whose administrator does it."""

    name: Line
    organisation_id: UUID


class PersonOut(Answer):
    """A person. Reading somebody else is written to the access log."""

    id: UUID
    name: str
    created_at: Instant
    version: int


class ConsentAsked(Asked):
    """The version of the notice that was shown to the person."""

    notice_version: Line


class ConsentOut(Answer):
    """A consent and, if it was withdrawn, when."""

    id: UUID
    person_id: UUID
    purpose: ConsentPurpose
    notice_version: str
    given_at: Instant
    withdrawn_at: Instant | None
    version: int
