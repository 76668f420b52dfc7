"""Organisations, postings and divisions as they cross the wire."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.foundation.common import Day, Line, RequestModel, ResponseModel, SourceCode, Timestamp

DivisionCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]
"""A statistical division code of 2, 4, 6, 9 or 12 digits, as text: some begin with a zero (DOMAIN §2.3)."""


class Family(StrEnum):
    """The two trees: the Party line (条) and the units (块)."""

    PARTY = "party"
    UNIT = "unit"


class OrganisationKind(StrEnum):
    """What an organisation is (DOMAIN §2.1)."""

    LOCAL_COMMITTEE = "local_committee"
    """地方党委: of a province, prefecture or county; dispatches work committees."""
    LEADING_GROUP = "leading_group"
    """党组: leads inside a body that is not the Party's; its members are appointed, nothing stands below it."""
    WORK_COMMITTEE = "work_committee"
    PARTY_COMMITTEE = "party_committee"
    GENERAL_BRANCH = "general_branch"
    BRANCH = "branch"
    PARTY_GROUP = "party_group"
    """党小组: a part of a branch."""
    ORGAN = "organ"
    INSTITUTION = "institution"
    ENTERPRISE = "enterprise"
    SOCIAL_ORGANISATION = "social_organisation"
    RESIDENTS_COMMITTEE = "residents_committee"
    VILLAGERS_COMMITTEE = "villagers_committee"


class Role(StrEnum):
    """What a person is in an organisation; what each may do stands in `service/identity/access/roles.py`."""

    MEMBER = "member"
    CADRE = "cadre"
    LEADER = "leader"
    DELEGATE = "delegate"
    BRANCH_SECRETARY = "branch_secretary"
    ORGAN_COMMITTEE_OFFICER = "organ_committee_officer"
    OFFICER = "officer"
    """The older name of `organ_committee_officer`, with the same rights."""
    WORK_COMMITTEE_OFFICER = "work_committee_officer"
    COMMUNITY_SECRETARY = "community_secretary"
    COMMUNITY_WORKER = "community_worker"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    PERSONNEL_ORGAN = "personnel_organ"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDIT_ADMINISTRATOR = "audit_administrator"


class Level(StrEnum):
    """The tier of a division."""

    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class ApprovalFields(RequestModel):
    """The superior's approval, where the rules let a thing be only with one."""

    approval_number: Line | None = None
    approved_on: Day | None = None


class OrganisationCreate(ApprovalFields):
    """An organisation to create under a parent of the same family."""

    family: Family
    kind: OrganisationKind
    name: Line
    parent_id: UUID
    division_code: DivisionCode | None = None
    code: SourceCode | None = None
    """By which a source system knows it; unique, and what imports find it by."""


class OrganisationUpdate(RequestModel):
    """New name or division of an organisation; its place in the tree stays."""

    name: Line
    division_code: DivisionCode | None
    code: SourceCode | None = None
    """Left out, it stays what it is."""


class OrganisationParentUpdate(ApprovalFields):
    """The parent to stand below from now on, with everything below."""

    parent_id: UUID


class OrganisationKindUpdate(ApprovalFields):
    """What the organisation is from now on."""

    kind: OrganisationKind


class OrganisationClose(RequestModel):
    """Closing an organisation; the successor takes over its places."""

    successor_id: UUID | None = None


class Hanging(ResponseModel):
    """What keeps an organisation from being closed: table.column → how many open rows, counted up to 1000."""

    hanging: dict[str, int]


class FormerNameOut(ResponseModel):
    """A name an organisation had until a moment."""

    name: str
    until_at: Timestamp


class OrganisationOut(ResponseModel):
    """An organisation, without its people."""

    id: UUID
    family: Family
    kind: OrganisationKind
    name: str
    parent_id: UUID | None
    division_code: str | None
    approval_number: str | None
    approved_on: date | None
    valid_until: Timestamp | None
    """When it was closed."""
    successor_id: UUID | None
    code: str | None
    created_at: Timestamp
    version: int


class PostingCreate(RequestModel):
    """A role of a person in an organisation from a moment on."""

    person_id: UUID
    organisation_id: UUID
    role: Role
    valid_from: Timestamp
    valid_until: Timestamp | None = None
    delegate_of: UUID | None = None
    """For a delegate: the leader, who holds that role in the same organisation."""


class PostingEnd(RequestModel):
    """When the posting ends."""

    valid_until: Timestamp


class PostingOut(ResponseModel):
    """A posting; the rights it gives end with it."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    role: Role
    valid_from: Timestamp
    valid_until: Timestamp | None
    delegate_of: UUID | None
    version: int


class DivisionOut(ResponseModel):
    """A statistical division; a retired one has `valid_until`."""

    code: str
    name: str
    level: Level
    parent_code: str | None
    valid_from: date
    valid_until: date | None
    children: Annotated[int, Field(ge=0)]
    """How many divisions it has directly below."""
