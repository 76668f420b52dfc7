"""Events of organisations, links, postings and divisions."""

from uuid import UUID

from schemas.events.base import (
    HISTORY,
    ORGANISATION_EXAMPLE_ID,
    PERSON_EXAMPLE_ID,
    PLACE_EXAMPLE_ID,
    Described,
    NoPayload,
    Payload,
    Receiver,
)
from schemas.events.names import EventName


class PostingStartedOrEnded(Payload):
    """A person's role in an organisation began or ended."""

    person_id: UUID
    organisation_id: UUID
    role: str


class OrganisationMoved(Payload):
    """An organisation moved from one parent to another, with all organisations below it."""

    from_id: UUID
    to_id: UUID


class OrganisationClosed(Payload):
    """An organisation was closed. Its successor, if there is one, took over its places."""

    successor_id: UUID | None


class OrganisationLinkStartedOrEnded(Payload):
    """A link between two organisations began or ended."""

    kind: str
    from_id: UUID
    to_id: UUID


class DivisionsImported(Payload):
    """An import of divisions was merged: how many divisions it added, changed, left unchanged and retired."""

    added: int
    changed: int
    unchanged: int
    retired: int


BOTH = (Receiver.PERSON, Receiver.ORGANISATION)
POSTING = {
    "person_id": str(PERSON_EXAMPLE_ID),
    "organisation_id": str(ORGANISATION_EXAMPLE_ID),
    "role": "community_secretary",
}
MOVED = {"from_id": str(ORGANISATION_EXAMPLE_ID), "to_id": str(PLACE_EXAMPLE_ID)}
LINK = {"kind": "manages", **MOVED}
IMPORTED = {"added": 3, "changed": 1, "unchanged": 620_000, "retired": 0}
DESCRIBED = {
    EventName.ORGANISATION_CREATED: Described(NoPayload, "组织建立", (Receiver.ORGANISATION,)),
    EventName.ORGANISATION_CHANGED: Described(NoPayload, "组织变更", (Receiver.ORGANISATION,)),
    EventName.ORGANISATION_MOVED: Described(OrganisationMoved, "组织隶属变更", (Receiver.ORGANISATION,), example=MOVED),
    EventName.ORGANISATION_CLOSED: Described(
        OrganisationClosed, "组织撤销", (Receiver.ORGANISATION,), example={"successor_id": str(ORGANISATION_EXAMPLE_ID)}
    ),
    EventName.ORGANISATION_LINK_STARTED: Described(
        OrganisationLinkStartedOrEnded, "组织联系建立", (Receiver.ORGANISATION,), example=LINK
    ),
    EventName.ORGANISATION_LINK_ENDED: Described(
        OrganisationLinkStartedOrEnded, "组织联系结束", (Receiver.ORGANISATION,), example=LINK
    ),
    EventName.POSTING_STARTED: Described(PostingStartedOrEnded, "任职开始", BOTH, example=POSTING),
    EventName.POSTING_ENDED: Described(PostingStartedOrEnded, "任职结束", BOTH, example=POSTING),
    EventName.DIVISIONS_IMPORTED: Described(DivisionsImported, "区划导入", HISTORY, example=IMPORTED),
}
