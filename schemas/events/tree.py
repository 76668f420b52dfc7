"""What is told about organisations, postings and divisions."""

from uuid import UUID

from schemas.events.base import Described, NoPayload, Payload
from schemas.events.names import EventName


class PostingMoved(Payload):
    """A person's role in an organisation began or ended."""

    person_id: UUID
    organisation_id: UUID
    role: str


class OrganisationMoved(Payload):
    """An organisation stands below another parent, with all below it."""

    from_id: UUID
    to_id: UUID


class OrganisationClosed(Payload):
    """An organisation was closed; its successor, if it has one, took over its places."""

    successor_id: UUID | None


class OrganisationLinkMoved(Payload):
    """A link between two organisations began or ended."""

    kind: str
    from_id: UUID
    to_id: UUID


class DivisionsImported(Payload):
    """A file of divisions has been merged."""

    added: int
    changed: int
    unchanged: int
    retired: int


DESCRIBED = {
    EventName.ORGANISATION_CREATED: Described(NoPayload, "组织建立", "the organisation and its parent"),
    EventName.ORGANISATION_CHANGED: Described(NoPayload, "组织变更", "the organisation and its parent"),
    EventName.ORGANISATION_MOVED: Described(
        OrganisationMoved, "组织隶属变更", "the organisation, its former parent and its new one"
    ),
    EventName.ORGANISATION_CLOSED: Described(
        OrganisationClosed, "组织撤销", "the organisation, its parent and its successor"
    ),
    EventName.ORGANISATION_LINK_STARTED: Described(OrganisationLinkMoved, "组织联系建立", "both organisations"),
    EventName.ORGANISATION_LINK_ENDED: Described(OrganisationLinkMoved, "组织联系结束", "both organisations"),
    EventName.POSTING_STARTED: Described(PostingMoved, "任职开始", "the person and the organisation"),
    EventName.POSTING_ENDED: Described(PostingMoved, "任职结束", "the person and the organisation"),
    EventName.DIVISIONS_IMPORTED: Described(DivisionsImported, "区划导入", "nobody; it is history"),
}
