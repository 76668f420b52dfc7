"""Retention, proofs of removal, one's own data and standing notices as they cross the wire."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from schemas.foundation.common import ResponseModel, Timestamp


class PurgeVerb(StrEnum):
    """What becomes of something whose time is over."""

    REMOVED = "removed"
    MASKED = "masked"
    """The row stays for the record; what speaks of a person in it goes."""


class PurgeOut(ResponseModel):
    """The proof of one removal: what, how much, everything due before when, and a hash over the ids."""

    id: UUID
    rule: str
    verb: PurgeVerb
    rows: int
    up_to: Timestamp
    ids_sha256: str
    """Hex, over the 16 bytes of each id, ids ascending; a partition's over its ids in chunks of 10,000, each after
    the hash before it."""
    policy_version: str
    done_at: Timestamp


class RetentionRule(ResponseModel):
    """One line of the table of retention."""

    word: str
    table: str
    verb: PurgeVerb
    what_zh: str
    what_en: str
    days: int
    since_zh: str
    since_en: str
    source: str


class RetentionRules(ResponseModel):
    """How long things are kept here, and the version of that table."""

    policy_version: str
    rules: list[RetentionRule]


class HeldTable(ResponseModel):
    """What one table holds on the caller: why, on which ground, for how long, and the rows."""

    table: str
    zh: str
    en: str
    basis_zh: str
    basis_en: str
    kept: str
    rows: list[dict[str, Any]]
    next_cursor: str | None
    """More rows of this table are at `/v1/me/data/{table}?cursor=`."""


class OwnData(ResponseModel):
    """Everything held on the caller that the service can read (PIPL 45), and what it cannot give, with the reason."""

    person_id: UUID
    as_of: Timestamp
    tables: list[HeldTable]
    elsewhere: dict[str, str]
    """Tables that may speak of the caller and are not part of this: why, and whom to ask."""


class StandingNotice(ResponseModel):
    """A sentence to be shown where texts and files go in."""

    code: str
    zh: str
    en: str


class StandingNotices(ResponseModel):
    """The standing notices."""

    items: list[StandingNotice]
