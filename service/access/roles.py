"""Who may do what, and how far it reaches: one table that a lawyer could read."""

from enum import IntEnum

from schemas.organisations import Role
from service.access.permissions import Permission as P  # noqa: N817 - read a hundred times in one table


class Reach(IntEnum):
    """How far a permission goes from the organisation of the posting."""

    OWN = 1
    """Only the person's own records."""
    ORGANISATION = 2
    """What concerns the organisation itself."""
    SUBTREE = 3
    """What concerns the organisation and everything below it."""
    JURISDICTION = 4
    """Everything in this deployment."""


EVERYBODY: dict[P, Reach] = {
    P.PERSON_READ: Reach.OWN,
    P.CONSENT_READ: Reach.OWN,
    P.CONSENT_WRITE: Reach.OWN,
    P.CORRECTION_READ: Reach.OWN,
    P.CORRECTION_WRITE: Reach.OWN,
    P.OWN_DATA_READ: Reach.OWN,
    P.RETENTION_READ: Reach.JURISDICTION,
    P.VISIT_READ: Reach.OWN,
    P.PROBLEM_READ: Reach.OWN,
    P.RESIDENCE_REPORT_READ: Reach.OWN,
    P.RESIDENCE_REPORT_WRITE: Reach.OWN,
    P.DOSSIER_READ: Reach.OWN,
    P.ASSESSMENT_READ: Reach.JURISDICTION,
    P.FEED_READ: Reach.OWN,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.POSTING_READ: Reach.OWN,
}
"""What every signed-in person may, with or without a posting."""

ROLES: dict[Role, dict[P, Reach]] = {
    Role.CADRE: {P.VISIT_WRITE: Reach.OWN, P.PROBLEM_WRITE: Reach.OWN},
    Role.OFFICER: {
        P.VISIT_WRITE: Reach.OWN,
        P.PROBLEM_WRITE: Reach.OWN,
        P.VISIT_READ: Reach.SUBTREE,
        P.PROBLEM_READ: Reach.SUBTREE,
        P.ASSESSMENT_WRITE: Reach.SUBTREE,
        P.DOSSIER_READ: Reach.SUBTREE,
        P.PLACE_WRITE: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.FEED_READ: Reach.SUBTREE,
    },
    Role.COMMUNITY_SECRETARY: {
        P.VISIT_READ: Reach.ORGANISATION,
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_DECIDE: Reach.ORGANISATION,
        P.PLACE_WRITE: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
        P.ENDPOINT_READ: Reach.ORGANISATION,
        P.ENDPOINT_WRITE: Reach.ORGANISATION,
        P.SERVICE_CLIENT_WRITE: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
    },
    Role.DISPATCH_DESK: {
        P.PROBLEM_READ: Reach.SUBTREE,
        P.PROBLEM_DISPATCH: Reach.SUBTREE,
        P.PROBLEM_LOOK_UP: Reach.SUBTREE,
    },
    Role.HANDLER: {
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.PROBLEM_HANDLE: Reach.ORGANISATION,
        P.PROBLEM_REVEAL: Reach.ORGANISATION,
    },
    Role.PERSONNEL_ORGAN: {P.DOSSIER_RECEIVE: Reach.ORGANISATION, P.FEED_READ: Reach.ORGANISATION},
    Role.SYSTEM_ADMINISTRATOR: {
        P.ORGANISATION_WRITE: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.POSTING_WRITE: Reach.SUBTREE,
        P.PROBLEM_SET_UP: Reach.SUBTREE,
        P.PERSON_READ: Reach.SUBTREE,
        P.PERSON_WRITE: Reach.SUBTREE,
        P.CORRECTION_READ: Reach.SUBTREE,
        P.CORRECTION_DECIDE: Reach.SUBTREE,
        P.PLACE_WRITE: Reach.SUBTREE,
        P.ENDPOINT_READ: Reach.SUBTREE,
        P.SERVICE_CLIENT_WRITE: Reach.SUBTREE,
    },
    Role.SECURITY_ADMINISTRATOR: {P.POSTING_READ: Reach.SUBTREE, P.PURGE_READ: Reach.SUBTREE},
    Role.AUDIT_ADMINISTRATOR: {P.PURGE_READ: Reach.SUBTREE},  # the access log only under its own database role
}

CLIENTS: dict[P, Reach] = {
    P.FEED_READ: Reach.ORGANISATION,
    P.VISIT_READ: Reach.ORGANISATION,
    P.PROBLEM_READ: Reach.ORGANISATION,
    P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.ENDPOINT_READ: Reach.ORGANISATION,
}
"""What a system may that acts for an organisation."""


def roles_with(permission: P, *reaches: Reach) -> list[str]:
    """The roles that hold the permission with one of the reaches (any, if none is named)."""
    return [
        role.value
        for role, granted in ROLES.items()
        if permission in granted and (not reaches or granted[permission] in reaches)
    ]
