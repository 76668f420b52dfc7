"""Links beside the two trees: who guides, manages, exchanges with, belongs to whom, and from when until when."""

from enum import StrEnum
from uuid import UUID

from schemas.foundation.common import RequestModel, ResponseModel, Timestamp


class LinkKind(StrEnum):
    """How two organisations are tied besides their places in the tree (条 and 块).

    What each gives stands in `service/identity/access/links.py`.
    """

    GUIDES = "guides"
    """业务指导: a higher functional body guides another one's work."""
    MANAGES = "manages"
    """属地管理、代管: where an organisation is, or with whom it was left, somebody manages it."""
    EXCHANGES = "exchanges"
    """横向联系: two of the same sort keep in touch."""
    BELONGS_TO = "belongs_to"
    """A Party organisation and the unit it is of: one unit may have several, a joint branch several units."""


class OrganisationLinkCreate(RequestModel):
    """A link from one organisation to another: `from_id` guides, manages, exchanges with or belongs to `to_id`."""

    kind: LinkKind
    from_id: UUID
    to_id: UUID
    valid_from: Timestamp
    valid_until: Timestamp | None = None


class OrganisationLinkEnd(RequestModel):
    """When the link ends: now, if nothing is said, or later; never in the past."""

    valid_until: Timestamp | None = None


class OrganisationLinkOut(ResponseModel):
    """A link; the rights it gives begin and end with it."""

    id: UUID
    kind: LinkKind
    from_id: UUID
    to_id: UUID
    valid_from: Timestamp
    valid_until: Timestamp | None
    version: int
