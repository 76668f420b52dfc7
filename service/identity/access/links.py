"""Which permissions a link between two organisations grants, and to which postings.

A link grants permissions to persons posted in its `from` organisation: those listed here that their role holds with
the reach `SUBTREE`. They then reach the `to` organisation and those below it, from `valid_from` up to but without
`valid_until`. A link grants nothing in the other direction, nothing to persons posted above or below the `from`
organisation, and never leads to a second link. No link grants a permission that opens a resident's contact, a dossier,
an account or a posting.
"""

from dataclasses import dataclass

from schemas.identity.organisation_links import LinkKind
from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table


@dataclass(frozen=True)
class LinkMeaning:
    """What a kind of link means for rights."""

    grants: frozenset[P]
    is_conflict_of_interest: bool = False
    """Whether an accusation of one side is hidden from the other side too."""


READS = frozenset(
    {
        P.VISIT_READ,
        P.PROBLEM_READ,
        P.INSIGHT_READ,
        P.INSIGHT_DIGEST,
        P.PROMISE_READ,
        P.CONTACT_POINT_READ,
        P.PLACEMENT_READ,
    }
)

LINKS: dict[LinkKind, LinkMeaning] = {
    # guidance concerns the work, not persons: only aggregates of five or more
    LinkKind.GUIDES: LinkMeaning(frozenset({P.INSIGHT_DIGEST})),
    LinkKind.MANAGES: LinkMeaning(
        READS | {P.PROBLEM_DISPATCH, P.INSIGHT_ROUTE, P.PLACE_WRITE, P.FEED_READ, P.ORGANISATION_ANOMALY_READ},
    ),
    LinkKind.EXCHANGES: LinkMeaning(frozenset()),
    LinkKind.BELONGS_TO: LinkMeaning(READS, is_conflict_of_interest=True),
}


def kinds_granting(permission: P) -> list[LinkKind]:
    """The kinds of link that grant the permission."""
    return [kind for kind, meaning in LINKS.items() if permission in meaning.grants]


def conflict_of_interest_kinds() -> list[LinkKind]:
    """The kinds of link whose two sides have a conflict of interest when one is accused."""
    return [kind for kind, meaning in LINKS.items() if meaning.is_conflict_of_interest]
