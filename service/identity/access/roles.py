"""Roles: their permissions and reach, where they fit, which exclude each other, who may grant them.

`grassroots permissions` prints this as a table. There are three administrators (三员分立, DOMAIN §7.3, GB/T 22239 level
3). The system administrator manages accounts and the tree. The security administrator grants and ends the roles of
administrators. The audit administrator reads the access log under a separate database role, nothing through the API.
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
    """The records of the leader named in the posting, while that person is a leader there."""
    ORGANISATION = 3
    """What concerns the organisation itself."""
    SUBTREE = 4
    """What concerns the organisation and everything below it."""
    JURISDICTION = 5
    """Everything in this deployment."""


class Duty(IntEnum):
    """Duties exclude each other: nobody holds two at the same time, anywhere in the deployment."""

    SYSTEM = 1
    SECURITY = 2
    AUDIT = 3
    BUSINESS = 4
    """Reading or deciding on records of others; a person may hold several such roles."""


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
class RoleDefinition:
    """What a role is besides its permissions."""

    fits: Fits
    """The families and kinds of organisation in which the role may be held."""
    duty: Duty | None = Duty.BUSINESS
    """None: the role reaches only the person's own records and excludes no other role."""
    may_grant: frozenset[Role] = frozenset()
    """The roles that its holder may grant to others and end."""


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
"""Permissions of every signed-in person, with or without a posting."""

FIELDWORK: dict[P, Reach] = {
    P.VISIT_WRITE: Reach.OWN,
    P.TRANSCRIPTION_ASK: Reach.OWN,
    P.PROBLEM_WRITE: Reach.OWN,
    P.INSIGHT_WRITE: Reach.OWN,
    P.PROMISE_WRITE: Reach.OWN,
}
"""Permissions of a person who visits the grassroots: visits, and what comes up there."""

ORGAN_COMMITTEE: dict[P, Reach] = {
    **FIELDWORK,
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
    Role.CADRE: FIELDWORK,
    Role.LEADER: FIELDWORK,
    Role.DELEGATE: {
        P.VISIT_READ: Reach.LEADER,
        P.VISIT_WRITE_FOR_LEADER: Reach.LEADER,
        P.TRANSCRIPTION_ASK: Reach.OWN,
    },
    Role.BRANCH_SECRETARY: {
        **FIELDWORK,
        P.PERSON_READ: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
    },
    Role.ORGAN_COMMITTEE_OFFICER: ORGAN_COMMITTEE,
    Role.WORK_COMMITTEE_OFFICER: {
        **FIELDWORK,
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
    Role.AUDIT_ADMINISTRATOR: {P.PURGE_READ: Reach.SUBTREE},  # reads the access log only under a separate database role
}

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR})

ROLE_DEFINITIONS: dict[Role, RoleDefinition] = {
    Role.MEMBER: RoleDefinition(PARTY, duty=None),
    Role.CADRE: RoleDefinition(ANYWHERE, duty=None),
    Role.LEADER: RoleDefinition(ANYWHERE, duty=None),
    Role.DELEGATE: RoleDefinition(ANYWHERE),
    Role.BRANCH_SECRETARY: RoleDefinition(BRANCHES),
    Role.ORGAN_COMMITTEE_OFFICER: RoleDefinition(PARTY_COMMITTEES | ORGANS),
    Role.WORK_COMMITTEE_OFFICER: RoleDefinition(WORK_COMMITTEES),
    Role.COMMUNITY_SECRETARY: RoleDefinition(COMMUNITIES),
    Role.COMMUNITY_WORKER: RoleDefinition(COMMUNITIES),
    Role.DISPATCHER: RoleDefinition(ORGANS | PARTY_COMMITTEES),
    Role.HANDLER: RoleDefinition(UNITS | PARTY_COMMITTEES),
    Role.SUPERVISOR: RoleDefinition(ORGANS | PARTY_COMMITTEES | WORK_COMMITTEES),
    Role.PERSONNEL_ORGAN: RoleDefinition(ORGANS | PARTY_COMMITTEES),
    Role.SYSTEM_ADMINISTRATOR: RoleDefinition(ANYWHERE, duty=Duty.SYSTEM, may_grant=frozenset(Role) - ADMINISTRATORS),
    Role.SECURITY_ADMINISTRATOR: RoleDefinition(ANYWHERE, duty=Duty.SECURITY, may_grant=ADMINISTRATORS),
    Role.AUDIT_ADMINISTRATOR: RoleDefinition(ANYWHERE, duty=Duty.AUDIT),
}
"""Every role. Only these two administrators grant and end postings, never their own."""

EVERY_CLIENT: dict[P, Reach] = {
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
"""Permissions of every service client, in the organisation for which it acts."""


@dataclass(frozen=True)
class ClientPurposeDefinition:
    """What a service client of a purpose may do in addition, and who may create one."""

    zh: str
    extra_permissions: dict[P, Reach]
    """In its own organisation only."""
    same_as_role: Role | None = None
    """The role whose work it does.

    Only an actor who may grant this role may create such a client or renew its secret.
    """


CLIENT_PURPOSES: dict[ClientPurpose, ClientPurposeDefinition] = {
    ClientPurpose.COMMUNITY_RECEIVER: ClientPurposeDefinition("社区接收端", {}),
    ClientPurpose.ASSESSMENT_SYSTEM: ClientPurposeDefinition(
        "考核系统", {P.DOSSIER_RECEIVE: Reach.ORGANISATION}, same_as_role=Role.PERSONNEL_ORGAN
    ),
}


def purposes_with(permission: P) -> list[str]:
    """The purposes of service clients that hold the permission in addition to those of every client."""
    return [purpose.value for purpose, meaning in CLIENT_PURPOSES.items() if permission in meaning.extra_permissions]


def roles_with(permission: P, *reaches: Reach) -> list[str]:
    """The roles that hold the permission with one of the reaches; without a reach, with any."""
    return [
        role.value
        for role, grants in ROLES.items()
        if permission in grants and (not reaches or grants[permission] in reaches)
    ]


def fits(role: Role, family: Family, kind: OrganisationKind) -> bool:
    """Whether the role may be held in an organisation of this family and kind."""
    return (family, kind) in ROLE_DEFINITIONS[role].fits


def may_grant(actor_roles: Iterable[Role], role: Role) -> bool:
    """Whether an actor with these roles may grant and end the role."""
    return any(role in ROLE_DEFINITIONS[actor_role].may_grant for actor_role in actor_roles)


def may_create_client(actor_roles: Iterable[Role], purpose: ClientPurpose) -> bool:
    """Whether an actor with these roles may create a service client of this purpose and read its secret."""
    role = CLIENT_PURPOSES[purpose].same_as_role
    return role is None or may_grant(actor_roles, role)
