"""Links beside the two trees: who guides, manages, exchanges with, belongs to whom, and from when until when."""

from uuid import UUID

from schemas.foundation.common import PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum


class LinkKind(LabelledEnum):
    """How two organisations are tied besides their places in the tree (条 and 块).

    What each gives stands in `service/identity/access/links.py`.
    """

    GUIDES = "guides", "业务指导"
    """业务指导: a higher functional body guides another one's work."""
    MANAGES = "manages", "属地管理、代管"
    """属地管理、代管: where an organisation is, or with whom it was left, somebody manages it."""
    EXCHANGES = "exchanges", "横向联系"
    """横向联系: two of the same sort keep in touch."""
    BELONGS_TO = "belongs_to", "党组织所属单位"
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


class OrganisationLinkQuery(PageQuery):
    """Which links to list: those that begin or end at an organisation, those of one kind."""

    organisation_id: UUID | None = None
    kind: LinkKind | None = None
