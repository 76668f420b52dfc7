"""Request and response models of retention, purges, data export and standing notices."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import RequestModel, ResponseModel, Timestamp
from schemas.foundation.manifest import PurgeVerb


class PurgeOut(ResponseModel):
    """The proof that rows were removed or masked because their retention ended."""

    id: UUID
    rule: str
    verb: PurgeVerb
    rows: int
    """Number of purged rows."""
    up_to: Timestamp
    """Rows due before this timestamp were purged."""
    ids_sha256: str
    """SHA-256 in hex over the 16 bytes of each id, ids ascending. For a partition: computed in chunks of 10,000 ids,
    each over the hash of the chunk before and its own ids."""
    policy_version: str
    done_at: Timestamp


class RetentionRule(ResponseModel):
    """How long rows of one table are kept, and what happens to them then."""

    word: str
    table: str
    verb: PurgeVerb
    what_zh: str
    what_en: str
    days: int
    """Days that rows are kept, counted from `since_zh`."""
    since_zh: str
    since_en: str
    source: str
    """The law or rule that this follows."""


class RetentionRules(ResponseModel):
    """The retention rules of this deployment and their version."""

    policy_version: str
    rules: list[RetentionRule]


class OwnDataTable(ResponseModel):
    """The rows of one table about the caller, with legal basis and retention."""

    table: str
    zh: str
    en: str
    basis_zh: str
    basis_en: str
    retention: str
    """How long the rows are kept, in Chinese."""
    rows: list[dict[str, Any]]
    next_cursor: str | None
    """Where the next rows of this table start; pass it to `/v1/me/data/{table}?cursor=`."""


class OwnData(ResponseModel):
    """All data about the caller that the service can read (PIPL 45)."""

    person_id: UUID
    as_of: Timestamp
    tables: list[OwnDataTable]
    elsewhere: dict[str, str]
    """Tables that may contain data about the caller but are not exported: why, and where to ask."""


class StandingNotice(ResponseModel):
    """A sentence to show where people enter texts or upload files."""

    code: str
    zh: str
    en: str


class StandingNotices(ResponseModel):
    """All standing notices."""

    items: list[StandingNotice]


class OwnDataQuery(RequestModel):
    """The cursor from which to continue in one table."""

    cursor: Annotated[str | None, Field(max_length=500)] = None
