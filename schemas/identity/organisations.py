"""Schemas of organisations, postings and divisions."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.foundation.common import Day, Line, PageQuery, RequestModel, ResponseModel, SourceCode, Timestamp
from schemas.foundation.labels import LabelledEnum

DivisionCode = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12})$")]
"""A statistical division code of 2, 4, 6, 9 or 12 digits (DOMAIN §2.3)."""


class Family(LabelledEnum):
    """The two trees: the Party line (条) and the units (块)."""

    PARTY = "party", "党组织"
    UNIT = "unit", "单位"


class OrganisationKind(LabelledEnum):
    """What an organisation is (DOMAIN §2.1)."""

    LOCAL_COMMITTEE = "local_committee", "地方党委"
    """地方党委: of a province, prefecture or county; establishes work committees."""
    LEADING_GROUP = "leading_group", "党组"
    """党组: the leading group of a non-Party body; its members are appointed and nothing is below it."""
    WORK_COMMITTEE = "work_committee", "工委"
    PARTY_COMMITTEE = "party_committee", "党委"
    GENERAL_BRANCH = "general_branch", "党总支"
    BRANCH = "branch", "党支部"
    PARTY_GROUP = "party_group", "党小组"
    """党小组: a part of a branch."""
    ORGAN = "organ", "机关"
    INSTITUTION = "institution", "事业单位"
    ENTERPRISE = "enterprise", "企业"
    SOCIAL_ORGANISATION = "social_organisation", "社会组织"
    RESIDENTS_COMMITTEE = "residents_committee", "居委会"
    VILLAGERS_COMMITTEE = "villagers_committee", "村委会"


class Role(LabelledEnum):
    """What a person is in an organisation; `service/identity/access/permissions.py` says what each role may do."""

    MEMBER = "member", "党员"
    CADRE = "cadre", "干部"
    LEADER = "leader", "领导干部"
    DELEGATE = "delegate", "领导的联络员"
    BRANCH_SECRETARY = "branch_secretary", "支部书记"
    ORGAN_COMMITTEE_OFFICER = "organ_committee_officer", "机关党委干部"
    WORK_COMMITTEE_OFFICER = "work_committee_officer", "机关工委干部"
    COMMUNITY_SECRETARY = "community_secretary", "社区（村）书记"
    COMMUNITY_WORKER = "community_worker", "社区（村）工作者"
    DISPATCHER = "dispatcher", "派单员"
    HANDLER = "handler", "承办人"
    SUPERVISOR = "supervisor", "督办"
    PERSONNEL_ORGAN = "personnel_organ", "干部人事部门"
    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员"
    AUDIT_ADMINISTRATOR = "audit_administrator", "审计管理员"


class Level(LabelledEnum):
    """The tier of a division."""

    PROVINCE = "province", "省级"
    PREFECTURE = "prefecture", "地级"
    COUNTY = "county", "县级"
    TOWNSHIP = "township", "乡级"
    VILLAGE = "village", "村级"


class ApprovalFields(RequestModel):
    """The superior's approval; both fields are required where the rules require an approval."""

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
    """The code of the organisation in a source system. It is unique; imports match by it."""


class OrganisationUpdate(RequestModel):
    """The new name, division and code of an organisation. Its place in the tree does not change."""

    name: Line
    division_code: DivisionCode | None
    code: SourceCode | None = None
    """Left out, the code does not change."""


class OrganisationParentUpdate(ApprovalFields):
    """The new parent of an organisation and all organisations below it."""

    parent_id: UUID


class OrganisationKindUpdate(ApprovalFields):
    """The new kind of an organisation."""

    kind: OrganisationKind


class OrganisationClose(RequestModel):
    """How to close an organisation."""

    successor_id: UUID | None = None
    """The organisation that takes over its places."""


class OpenReferencesOut(ResponseModel):
    """What prevents closing an organisation."""

    open_references: dict[str, int]
    """table.column → number of open rows, counted up to 1000."""


class FormerNameOut(ResponseModel):
    """A former name of an organisation, used until `until_at`."""

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
    """A role of a person in an organisation from a time on."""

    person_id: UUID
    organisation_id: UUID
    role: Role
    valid_from: Timestamp
    valid_until: Timestamp | None = None
    delegate_of: UUID | None = None
    """Only for the role delegate: the person who holds the role leader in the same organisation."""


class PostingEnd(RequestModel):
    """When the posting ends."""

    valid_until: Timestamp


class PostingOut(ResponseModel):
    """A posting. The rights it gives end with it."""

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
    """Number of divisions directly below it."""


class OrganisationQuery(PageQuery):
    """Which organisations to list."""

    parent_id: UUID | None = None
    """Only organisations directly below this one."""
    family: Family | None = None
    """Only organisations of this tree."""


class PostingQuery(PageQuery):
    """Which postings to list."""

    organisation_id: UUID | None = None
    """Only postings in this organisation."""
    person_id: UUID | None = None
    """Only postings of this person."""


class DivisionQuery(PageQuery):
    """Which divisions to list."""

    parent_code: DivisionCode | None = None
    """The divisions directly below this one; left out, the provinces."""
