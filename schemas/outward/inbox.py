"""The inbox as it crosses the wire: what needs somebody, why, until when."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import PageQuery, ResponseModel, Timestamp
from schemas.foundation.manifest import InboxKind


class InboxOrder(StrEnum):
    """What comes first: what is due soonest (without a day last), or what came in last."""

    DUE = "due"
    NEWEST = "newest"


class InboxItemOut(ResponseModel):
    """One thing that needs you, or an organisation for which you may do it. Due in the past means overdue, no more."""

    id: UUID
    kind: InboxKind
    what_zh: str
    what_en: str
    person_id: UUID | None
    organisation_id: UUID | None
    """Whom it is for: a person, or whoever holds the right in this organisation."""
    about_id: UUID
    link: str
    """Where it is read and done."""
    due_at: Timestamp | None
    opened_at: Timestamp
    closed_at: Timestamp | None
    """When it was done, by whomever; null while it waits."""


class InboxQuery(PageQuery):
    """Which items of the inbox to list, and in which order."""

    order: InboxOrder = InboxOrder.DUE
    kind: InboxKind | None = None
    organisation_id: UUID | None = None
