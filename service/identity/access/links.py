"""What a link beside the tree gives, and to whom: one table beside the roles (`roles.py`).

A link lends to those posted in its `from` organisation what their role may below it, for the permissions named
here, as if the `to` organisation stood below; from its beginning on, up to but without its end. It lends nothing in
the other direction, nothing to whoever is posted above or below, and never leads on to a second link. Whatever opens
a resident's contact, a dossier, an account or a posting is lent by none.
"""

from dataclasses import dataclass

from schemas.identity.organisation_links import LinkKind
from service.identity.access.permissions import Permission as P  # noqa: N817 - read many times in one table


@dataclass(frozen=True)
class LinkMeaning:
    """What a kind of link means for rights."""

    lends: frozenset[P]
    withholds: bool = False
    """Whether an accusation of one side is withheld from the other side too."""


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
    # guidance is about the work, not about persons: aggregates of five and more only
    LinkKind.GUIDES: LinkMeaning(frozenset({P.INSIGHT_DIGEST})),
    LinkKind.MANAGES: LinkMeaning(
        READS | {P.PROBLEM_DISPATCH, P.INSIGHT_ROUTE, P.PLACE_WRITE, P.FEED_READ, P.ORGANISATION_ANOMALY_READ},
    ),
    LinkKind.EXCHANGES: LinkMeaning(frozenset()),
    LinkKind.BELONGS_TO: LinkMeaning(READS, withholds=True),
}


def lending(permission: P) -> list[LinkKind]:
    """The kinds of link that lend the permission."""
    return [kind for kind, meaning in LINKS.items() if permission in meaning.lends]


def withholding() -> list[LinkKind]:
    """The kinds of link over which an accusation is withheld."""
    return [kind for kind, meaning in LINKS.items() if meaning.withholds]
