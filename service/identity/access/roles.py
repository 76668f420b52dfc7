"""Who may do what, how far it reaches, where a role fits and what it excludes: one map that a lawyer could read.

`grassroots permissions` prints it as a table. Three administrators (三员分立, DOMAIN §7.3, GB/T 22239 level 3):
the system administrator keeps accounts and the tree, the security administrator gives and ends the administrators'
own roles, the audit administrator reads the access log under a database role of its own, nothing through the API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.access.permissions import Permission as P  # noqa: N817 - read a hundred times in one table


class Reach(IntEnum):
    """How far a permission goes from the organisation of the posting."""

    OWN = 1
    """Only the person's own records."""
    LEADER = 2
    """The records of the one leader the posting names, while that one is a leader there."""
    ORGANISATION = 3
    """What concerns the organisation itself."""
    SUBTREE = 4
    """What concerns the organisation and everything below it."""
    JURISDICTION = 5
    """Everything in this deployment."""


class Duty(IntEnum):
    """What excludes one another: nobody holds two different duties at the same time, anywhere in the deployment."""

    SYSTEM = 1
    SECURITY = 2
    AUDIT = 3
    BUSINESS = 4
    """Reading or deciding on records of others; any number of such roles go together."""


Fits = frozenset[tuple[Family, OrganisationKind]]
K = OrganisationKind


def _kinds(family: Family, *kinds: OrganisationKind) -> Fits:
    return frozenset((family, kind) for kind in kinds)


PARTY_COMMITTEES = _kinds(Family.PARTY, K.LOCAL_COMMITTEE, K.PARTY_COMMITTEE, K.GENERAL_BRANCH)
BRANCHES = _kinds(Family.PARTY, K.BRANCH, K.GENERAL_BRANCH)
WORK_COMMITTEES = _kinds(Family.PARTY, K.WORK_COMMITTEE)
PARTY = PARTY_COMMITTEES | BRANCHES | WORK_COMMITTEES | _kinds(Family.PARTY, K.PARTY_GROUP, K.LEADING_GROUP)
ORGANS = _kinds(Family.UNIT, K.ORGAN, K.INSTITUTION)
COMMITTEES = _kinds(Family.UNIT, K.RESIDENTS_COMMITTEE, K.VILLAGERS_COMMITTEE)
COMMUNITIES = COMMITTEES | BRANCHES | PARTY_COMMITTEES
UNITS = ORGANS | COMMITTEES | _kinds(Family.UNIT, K.ENTERPRISE, K.SOCIAL_ORGANISATION)
ANYWHERE = PARTY | UNITS


@dataclass(frozen=True)
class Meaning:
    """What a role is besides its verbs: where it fits, what it excludes, what it may give to others."""

    zh: str
    fits: Fits
    duty: Duty | None = Duty.BUSINESS
    """None: reaches the own records only, and goes together with everything."""
    gives: frozenset[Role] = frozenset()


EVERYBODY: dict[P, Reach] = {
    P.PERSON_READ: Reach.OWN,
    P.CONSENT_READ: Reach.OWN,
    P.CONSENT_WRITE: Reach.OWN,
    P.CORRECTION_READ: Reach.OWN,
    P.CORRECTION_WRITE: Reach.OWN,
    P.OWN_DATA_READ: Reach.OWN,
    P.PASSWORD_CHANGE: Reach.OWN,
    P.DEVICE_READ: Reach.OWN,
    P.DEVICE_REVOKE: Reach.OWN,
    P.RETENTION_READ: Reach.JURISDICTION,
    P.LOCAL_RULE_READ: Reach.JURISDICTION,
    P.VISIT_READ: Reach.OWN,
    P.VISIT_DECLINE: Reach.OWN,
    P.PROBLEM_READ: Reach.OWN,
    P.RESIDENCE_REPORT_READ: Reach.OWN,
    P.RESIDENCE_REPORT_WRITE: Reach.OWN,
    P.DOSSIER_READ: Reach.OWN,
    P.ASSESSMENT_READ: Reach.JURISDICTION,
    P.CONTACT_POINT_READ: Reach.OWN,
    P.CONTACT_HOUSEHOLD_KEEP: Reach.OWN,
    P.PLACEMENT_READ: Reach.OWN,
    P.INSIGHT_READ: Reach.OWN,
    P.PROMISE_READ: Reach.OWN,
    P.PROMISE_KEEP: Reach.OWN,
    P.PLACEMENT_REPORT: Reach.OWN,
    P.FEED_READ: Reach.OWN,
    P.INBOX_READ: Reach.OWN,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.ORGANISATION_LINK_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.POSTING_READ: Reach.OWN,
}
"""What every signed-in person may, with or without a posting."""

GOES_AND_HEARS: dict[P, Reach] = {
    P.VISIT_WRITE: Reach.OWN,
    P.TRANSCRIPTION_ASK: Reach.OWN,
    P.PROBLEM_WRITE: Reach.OWN,
    P.INSIGHT_WRITE: Reach.OWN,
    P.PROMISE_WRITE: Reach.OWN,
}
"""Whoever goes to the grassroots: visits, and what comes up there."""

ORGAN_COMMITTEE: dict[P, Reach] = {
    **GOES_AND_HEARS,
    P.INSIGHT_READ: Reach.SUBTREE,
    P.INSIGHT_ROUTE: Reach.SUBTREE,
    P.INSIGHT_DECIDE: Reach.SUBTREE,
    P.INSIGHT_DIGEST: Reach.SUBTREE,
    P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
    P.PROMISE_READ: Reach.SUBTREE,
    P.VISIT_CORRECT: Reach.SUBTREE,
    P.VISIT_READ: Reach.SUBTREE,
    P.PROBLEM_READ: Reach.SUBTREE,
    P.ASSESSMENT_WRITE: Reach.SUBTREE,
    P.DOSSIER_READ: Reach.SUBTREE,
    P.CONTACT_POINT_READ: Reach.SUBTREE,
    P.CONTACT_POINT_WRITE: Reach.SUBTREE,
    P.PLACEMENT_READ: Reach.SUBTREE,
    P.PLACEMENT_WRITE: Reach.SUBTREE,
    P.PLACEMENT_APPRAISE: Reach.SUBTREE,
    P.PLACEMENT_SELECT: Reach.SUBTREE,
    P.LOCAL_RULE_SET: Reach.SUBTREE,
    P.PLACE_WRITE: Reach.SUBTREE,
    P.COVERAGE_READ: Reach.SUBTREE,
    P.POSTING_READ: Reach.SUBTREE,
    P.FEED_READ: Reach.SUBTREE,
}

ROLES: dict[Role, dict[P, Reach]] = {
    Role.MEMBER: {},
    Role.CADRE: GOES_AND_HEARS,
    Role.LEADER: GOES_AND_HEARS,
    Role.DELEGATE: {
        P.VISIT_READ: Reach.LEADER,
        P.VISIT_WRITE_FOR_LEADER: Reach.LEADER,
        P.TRANSCRIPTION_ASK: Reach.OWN,
    },
    Role.BRANCH_SECRETARY: {
        **GOES_AND_HEARS,
        P.PERSON_READ: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
    },
    Role.ORGAN_COMMITTEE_OFFICER: ORGAN_COMMITTEE,
    Role.OFFICER: ORGAN_COMMITTEE,
    Role.WORK_COMMITTEE_OFFICER: {
        **GOES_AND_HEARS,
        P.INSIGHT_READ: Reach.SUBTREE,
        P.INSIGHT_ROUTE: Reach.SUBTREE,
        P.INSIGHT_DIGEST: Reach.SUBTREE,
        P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
        P.LOCAL_RULE_SET: Reach.SUBTREE,
        P.CONTACT_POINT_READ: Reach.SUBTREE,
        P.COVERAGE_READ: Reach.SUBTREE,
        P.VISIT_READ: Reach.SUBTREE,
        P.PROBLEM_READ: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.FEED_READ: Reach.SUBTREE,
    },
    Role.COMMUNITY_SECRETARY: {
        P.VISIT_READ: Reach.ORGANISATION,
        P.VISIT_ACKNOWLEDGE: Reach.ORGANISATION,
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_DECIDE: Reach.ORGANISATION,
        P.CONTACT_POINT_READ: Reach.ORGANISATION,
        P.CONTACT_POINT_COMMENT: Reach.ORGANISATION,
        P.PROMISE_READ: Reach.ORGANISATION,
        P.PLACEMENT_READ: Reach.ORGANISATION,
        P.PLACEMENT_APPRAISE: Reach.ORGANISATION,
        P.PLACE_WRITE: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
        P.ENDPOINT_READ: Reach.ORGANISATION,
        P.ENDPOINT_WRITE: Reach.ORGANISATION,
        P.SERVICE_CLIENT_READ: Reach.ORGANISATION,
        P.SERVICE_CLIENT_WRITE: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
    },
    Role.COMMUNITY_WORKER: {
        P.PROBLEM_WRITE: Reach.OWN,
        P.VISIT_READ: Reach.ORGANISATION,
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
    },
    Role.DISPATCHER: {
        P.PROBLEM_READ: Reach.SUBTREE,
        P.PROBLEM_DISPATCH: Reach.SUBTREE,
        P.PROBLEM_LOOK_UP: Reach.SUBTREE,
    },
    Role.HANDLER: {
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.PROBLEM_HANDLE: Reach.ORGANISATION,
        P.PROBLEM_REVEAL: Reach.ORGANISATION,
    },
    Role.SUPERVISOR: {P.PROBLEM_READ: Reach.SUBTREE, P.FEED_READ: Reach.SUBTREE},
    Role.PERSONNEL_ORGAN: {P.DOSSIER_RECEIVE: Reach.ORGANISATION, P.FEED_READ: Reach.ORGANISATION},
    Role.SYSTEM_ADMINISTRATOR: {
        P.ORGANISATION_WRITE: Reach.SUBTREE,
        P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
        P.ORGANISATION_LINK_WRITE: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.POSTING_WRITE: Reach.SUBTREE,
        P.PROBLEM_SET_UP: Reach.SUBTREE,
        P.VISIT_PURPOSE_SET_UP: Reach.SUBTREE,
        P.LOCAL_RULE_SET: Reach.SUBTREE,
        P.PERSON_READ: Reach.SUBTREE,
        P.PERSON_WRITE: Reach.SUBTREE,
        P.DEVICE_REVOKE: Reach.SUBTREE,
        P.CORRECTION_READ: Reach.SUBTREE,
        P.CORRECTION_DECIDE: Reach.SUBTREE,
        P.PLACE_WRITE: Reach.SUBTREE,
        P.IMPORT_READ: Reach.SUBTREE,
        P.IMPORT_WRITE: Reach.SUBTREE,
        P.ENDPOINT_READ: Reach.SUBTREE,
        P.SERVICE_CLIENT_READ: Reach.SUBTREE,
        P.SERVICE_CLIENT_WRITE: Reach.SUBTREE,
    },
    Role.SECURITY_ADMINISTRATOR: {
        P.POSTING_READ: Reach.SUBTREE,
        P.POSTING_WRITE: Reach.SUBTREE,
        P.PURGE_READ: Reach.SUBTREE,
    },
    Role.AUDIT_ADMINISTRATOR: {P.PURGE_READ: Reach.SUBTREE},  # the access log only under its own database role
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})

MEANINGS: dict[Role, Meaning] = {
    Role.MEMBER: Meaning("党员", PARTY, duty=None),
    Role.CADRE: Meaning("干部", ANYWHERE, duty=None),
    Role.LEADER: Meaning("领导干部", ANYWHERE, duty=None),
    Role.DELEGATE: Meaning("领导的联络员", ANYWHERE),
    Role.BRANCH_SECRETARY: Meaning("支部书记", BRANCHES),
    Role.ORGAN_COMMITTEE_OFFICER: Meaning("机关党委干部", PARTY_COMMITTEES | ORGANS),
    Role.OFFICER: Meaning("机关党务干部（旧称）", PARTY | ORGANS),
    Role.WORK_COMMITTEE_OFFICER: Meaning("机关工委干部", WORK_COMMITTEES),
    Role.COMMUNITY_SECRETARY: Meaning("社区（村）书记", COMMUNITIES),
    Role.COMMUNITY_WORKER: Meaning("社区（村）工作者", COMMUNITIES),
    Role.DISPATCHER: Meaning("派单台", ORGANS | PARTY_COMMITTEES),
    Role.HANDLER: Meaning("承办人", UNITS | PARTY_COMMITTEES),
    Role.SUPERVISOR: Meaning("督办", ORGANS | PARTY_COMMITTEES | WORK_COMMITTEES),
    Role.PERSONNEL_ORGAN: Meaning("干部人事部门", ORGANS | PARTY_COMMITTEES),
    Role.SYSTEM_ADMINISTRATOR: Meaning(
        "系统管理员", ANYWHERE, duty=Duty.SYSTEM, gives=frozenset(Role) - ADMINISTRATORS
    ),
    Role.SECURITY_ADMINISTRATOR: Meaning("安全管理员", ANYWHERE, duty=Duty.SECURITY, gives=ADMINISTRATORS),
    Role.AUDIT_ADMINISTRATOR: Meaning("审计管理员", ANYWHERE, duty=Duty.AUDIT),
}
"""Every role. Postings are given and ended by these two administrators alone, never to oneself."""

CLIENTS: dict[P, Reach] = {
    P.FEED_READ: Reach.ORGANISATION,
    P.INBOX_READ: Reach.ORGANISATION,
    P.VISIT_READ: Reach.ORGANISATION,
    P.PROBLEM_READ: Reach.ORGANISATION,
    P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.RETENTION_READ: Reach.JURISDICTION,
    P.LOCAL_RULE_READ: Reach.JURISDICTION,
    P.ENDPOINT_READ: Reach.ORGANISATION,
}
"""What every system may that acts for an organisation."""


@dataclass(frozen=True)
class ClientMeaning:
    """What a system may besides for its purpose, and who may set one up."""

    zh: str
    besides: dict[P, Reach]
    """In its own organisation only."""
    stands_for: Role | None = None
    """It does what this role does: only who may give the role creates such a system or renews its secret."""


CLIENT_PURPOSES: dict[ClientPurpose, ClientMeaning] = {
    ClientPurpose.COMMUNITY_RECEIVER: ClientMeaning("社区接收端", {}),
    ClientPurpose.ASSESSMENT_SYSTEM: ClientMeaning(
        "考核系统", {P.DOSSIER_RECEIVE: Reach.ORGANISATION}, stands_for=Role.PERSONNEL_ORGAN
    ),
}


def purposes_with(permission: P) -> list[str]:
    """The purposes of systems that hold the permission besides what every system may."""
    return [purpose.value for purpose, meaning in CLIENT_PURPOSES.items() if permission in meaning.besides]


def roles_with(permission: P, *reaches: Reach) -> list[str]:
    """The roles that hold the permission with one of the reaches (any, if none is named)."""
    return [
        role.value
        for role, granted in ROLES.items()
        if permission in granted and (not reaches or granted[permission] in reaches)
    ]


def reach_of(role: Role, permission: P) -> Reach | None:
    """How far somebody with this role alone reaches; what everybody may included."""
    held = [grants[permission] for grants in (EVERYBODY, ROLES[role]) if permission in grants]
    return max(held, default=None)


def fits(role: Role, family: Family, kind: OrganisationKind) -> bool:
    """Whether the role makes sense in an organisation of this tree and kind."""
    return (family, kind) in MEANINGS[role].fits


def may_give(given_by: Iterable[Role], role: Role) -> bool:
    """Whether one of the giver's roles may give (and end) this one."""
    return any(role in MEANINGS[held].gives for held in given_by)


def may_set_up(held: Iterable[Role], purpose: ClientPurpose) -> bool:
    """Whether one with these roles may create a system of this purpose and get its secret."""
    role = CLIENT_PURPOSES[purpose].stands_for
    return role is None or may_give(held, role)
