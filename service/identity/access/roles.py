"""Roles: where they fit, which exclude each other, who may grant them. `permissions.py` says what each may do.

`grassroots permissions` prints this as a table. There are three administrators (三员分立, DOMAIN §7.3, GB/T 22239 level
3). The system administrator manages accounts and the tree. The security administrator grants and ends the roles of
administrators. The audit administrator reads the access log under a separate database role, nothing through the API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Family, OrganisationKind, Role


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


@dataclass(frozen=True)
class ClientPurposeDefinition:
    """What a purpose of service clients is besides its permissions, and who may create such a client."""

    zh: str
    same_as_role: Role | None = None
    """The role whose work it does.

    Only an actor who may grant this role may create such a client or renew its secret.
    """


CLIENT_PURPOSES: dict[ClientPurpose, ClientPurposeDefinition] = {
    ClientPurpose.COMMUNITY_RECEIVER: ClientPurposeDefinition("社区接收端"),
    ClientPurpose.ASSESSMENT_SYSTEM: ClientPurposeDefinition("考核系统", same_as_role=Role.PERSONNEL_ORGAN),
}


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
