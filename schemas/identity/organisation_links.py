"""Schemas of dated links between organisations outside the tree."""

from uuid import UUID

from schemas.foundation.common import PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum


class LinkKind(LabelledEnum):
    """How two organisations are linked, apart from their places in the tree (条 and 块).

    `service/identity/access/links.py` says which rights each kind gives.
    """

    GUIDES = "guides", "业务指导"
    """业务指导: a higher body guides the professional work of another one."""
    MANAGES = "manages", "属地管理、代管"
    """属地管理、代管: an organisation manages another at its location, or on behalf of its superior."""
    EXCHANGES = "exchanges", "横向联系"
    """横向联系: two organisations of the same level keep in contact."""
    BELONGS_TO = "belongs_to", "党组织所属单位"
    """From a Party organisation to its unit. A unit may have several; a joint branch has several units."""


class OrganisationLinkCreate(RequestModel):
    """A link: `from_id` guides, manages, exchanges with or belongs to `to_id`."""

    kind: LinkKind
    from_id: UUID
    to_id: UUID
    valid_from: Timestamp
    valid_until: Timestamp | None = None


class OrganisationLinkEnd(RequestModel):
    """The end of a link."""

    valid_until: Timestamp | None = None
    """Not in the past. Left out, the link ends now."""


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
    """Which links to list."""

    organisation_id: UUID | None = None
    """Only links that start or end at this organisation."""
    kind: LinkKind | None = None
    """Only links of this kind."""
