"""Request and response models of the inbox."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import PageQuery, ResponseModel, Timestamp
from schemas.foundation.manifest import InboxKind


class InboxOrder(StrEnum):
    """Order of the list: by due time (items without one last) or newest first."""

    DUE = "due"
    NEWEST = "newest"


class InboxItemOut(ResponseModel):
    """A task for you or your organisation. `due_at` in the past means overdue."""

    id: UUID
    kind: InboxKind
    what_zh: str
    """What has to be done, in Chinese."""
    what_en: str
    """The same in English."""
    person_id: UUID | None
    organisation_id: UUID | None
    """The item is for this person, or for everybody with the permission in this organisation."""
    about_id: UUID
    """The record it is about, such as a problem or a visit."""
    link: str
    """Address of the record."""
    due_at: Timestamp | None
    opened_at: Timestamp
    closed_at: Timestamp | None
    """When the task was done; null while it is open."""


class InboxQuery(PageQuery):
    """Filter and order of inbox items."""

    order: InboxOrder = InboxOrder.DUE
    kind: InboxKind | None = None
    organisation_id: UUID | None = None
