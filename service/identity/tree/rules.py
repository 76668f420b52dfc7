"""Rules of the organisation tree: allowed parents, usual numbers of members, allowed links."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from schemas.foundation.labels import Labelled
from schemas.identity.organisation_anomalies import OrganisationAnomaly
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import Family
from schemas.identity.organisations import OrganisationKind as K
from service.identity.tree.errors import (
    ApprovalMissing,
    KindOfOtherFamily,
    LinkDoesNotFit,
    ParentDoesNotFit,
    ParentOfOtherFamily,
)


class Fit(IntEnum):
    """Whether an organisation of one kind may be below one of another kind."""

    NO = 0
    WITH_APPROVAL = 1
    """Only with the superior's approval; its number and date are recorded."""
    YES = 2


PARTY_KINDS = frozenset(
    {K.LOCAL_COMMITTEE, K.LEADING_GROUP, K.WORK_COMMITTEE, K.PARTY_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH, K.PARTY_GROUP}
)
KINDS = {Family.PARTY: PARTY_KINDS, Family.UNIT: frozenset(K) - PARTY_KINDS}
"""The kinds of each tree."""


def _all(*kinds: K) -> dict[K, Fit]:
    return dict.fromkeys(kinds, Fit.YES)


BODIES = _all(K.INSTITUTION, K.ENTERPRISE, K.SOCIAL_ORGANISATION)
CHILD_KINDS: dict[K, dict[K, Fit]] = {
    # the Party line: DOMAIN §2.2; work committees are dispatched by local committees, §2.1
    K.LOCAL_COMMITTEE: _all(
        K.LOCAL_COMMITTEE, K.WORK_COMMITTEE, K.LEADING_GROUP, K.PARTY_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH
    ),
    K.WORK_COMMITTEE: _all(K.PARTY_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH),
    K.PARTY_COMMITTEE: {K.PARTY_COMMITTEE: Fit.WITH_APPROVAL, **_all(K.GENERAL_BRANCH, K.BRANCH)},
    K.GENERAL_BRANCH: _all(K.BRANCH),
    K.BRANCH: _all(K.PARTY_GROUP),
    K.PARTY_GROUP: {},
    K.LEADING_GROUP: {},
    # the units: organs above everything; a self-governing committee has no organ, institution or committee below
    # it (DOMAIN §2.3, organic laws of the two committees)
    K.ORGAN: {**_all(K.ORGAN, K.RESIDENTS_COMMITTEE, K.VILLAGERS_COMMITTEE), **BODIES},
    K.INSTITUTION: BODIES,
    K.ENTERPRISE: BODIES,
    K.SOCIAL_ORGANISATION: BODIES,
    K.RESIDENTS_COMMITTEE: _all(K.ENTERPRISE, K.SOCIAL_ORGANISATION),
    K.VILLAGERS_COMMITTEE: _all(K.ENTERPRISE, K.SOCIAL_ORGANISATION),
}
"""Parent kind → child kind → whether it fits. A pair that is not listed does not fit."""


@dataclass(frozen=True)
class Size:
    """How many members an organisation of a kind usually has: from `fewest` to `most`, both included."""

    fewest: int
    most: int | None
    """None: no upper limit."""
    may_be_approved: bool
    """Whether fewer members are allowed with the superior's approval."""


SIZES: dict[K, Size] = {
    K.PARTY_GROUP: Size(3, None, may_be_approved=False),
    K.BRANCH: Size(3, 50, may_be_approved=False),
    K.GENERAL_BRANCH: Size(50, 99, may_be_approved=True),
    K.PARTY_COMMITTEE: Size(100, None, may_be_approved=True),
}
"""Thresholds of DOMAIN §2.1. The rule says "normally", so they cause an anomaly and never an error."""


ANY_SIZE = Size(0, None, may_be_approved=False)


def fit(parent: K, child: K) -> Fit:
    """Whether an organisation of the kind `child` may be directly below one of the kind `parent`."""
    return CHILD_KINDS[parent].get(child, Fit.NO)


def must_be_kind_of(family: Family, kind: K) -> None:
    """Check that the kind belongs to the family. Raises KindOfOtherFamily."""
    if kind not in KINDS[family]:
        raise KindOfOtherFamily(kind=kind)


def must_fit(parent: K, child: K, *, is_approved: bool) -> None:
    """Check a parent chosen by hand; imported organisations are accepted and listed as anomalies.

    Raises ParentDoesNotFit, ApprovalMissing.
    """
    fitness = fit(parent, child)
    if fitness is Fit.NO:
        raise ParentDoesNotFit(
            kind=child,
            parent_kind=parent,
            fits_below=list(CHILD_KINDS[parent]),
            fits_under=[kind for kind in K if fit(kind, child)],
        )
    if fitness is Fit.WITH_APPROVAL and not is_approved:
        raise ApprovalMissing(kind=child, parent_kind=parent)


@dataclass(frozen=True)
class OrganisationFacts:
    """The facts of an organisation from which its anomalies follow."""

    family: Family
    kind: K
    parent_family: Family | None
    parent_kind: K | None
    is_approved: bool
    is_closed: bool
    parent_is_closed: bool
    members: int | None
    """Party members in the organisation and below it; None: not counted."""


def find_anomalies(facts: OrganisationFacts) -> list[OrganisationAnomaly]:
    """The anomalies of an organisation, in the order of the enum. A closed one has none."""
    if facts.is_closed:
        return []
    size, fitness, members = SIZES.get(facts.kind, ANY_SIZE), _parent_fit(facts), facts.members
    applies = {
        OrganisationAnomaly.PARENT_OF_OTHER_FAMILY: facts.parent_family not in (None, facts.family),
        OrganisationAnomaly.KIND_OF_OTHER_FAMILY: facts.kind not in KINDS[facts.family],
        OrganisationAnomaly.PARENT_DOES_NOT_FIT: fitness is Fit.NO,
        OrganisationAnomaly.APPROVAL_MISSING: fitness is Fit.WITH_APPROVAL and not facts.is_approved,
        OrganisationAnomaly.PARENT_CLOSED: facts.parent_is_closed,
        OrganisationAnomaly.TOO_FEW_MEMBERS: members is not None
        and members < size.fewest
        and not (size.may_be_approved and facts.is_approved),
        OrganisationAnomaly.TOO_MANY_MEMBERS: members is not None and size.most is not None and members > size.most,
    }
    return [anomaly for anomaly in OrganisationAnomaly if applies[anomaly]]


def _parent_fit(facts: OrganisationFacts) -> Fit:
    """Whether the kind fits below the parent's; YES for a root and for a parent of the other family."""
    if facts.parent_kind is None or facts.parent_family is not facts.family:
        return Fit.YES  # a parent of the other family has an anomaly of its own
    return fit(facts.parent_kind, facts.kind)


LEADING = frozenset({K.LOCAL_COMMITTEE, K.WORK_COMMITTEE, K.PARTY_COMMITTEE})
UNIT_KINDS = KINDS[Family.UNIT]
LINK_ENDS: dict[LinkKind, tuple[tuple[frozenset[K], frozenset[K]], ...]] = {
    # a leading group guides the primary organisations of its department (DOMAIN §2.1)
    LinkKind.GUIDES: (
        (LEADING | {K.LEADING_GROUP}, PARTY_KINDS),
        (frozenset({K.ORGAN, K.INSTITUTION}), UNIT_KINDS),
    ),
    LinkKind.MANAGES: ((LEADING, PARTY_KINDS), (frozenset({K.ORGAN}), UNIT_KINDS)),
    LinkKind.EXCHANGES: ((PARTY_KINDS, PARTY_KINDS), (UNIT_KINDS, UNIT_KINDS)),
    LinkKind.BELONGS_TO: ((PARTY_KINDS, UNIT_KINDS),),
}
"""Kind of link → the pairs (kinds at its start, kinds at its end) that are allowed."""
DOWNWARD = frozenset({LinkKind.GUIDES, LinkKind.MANAGES})
"""Links that cannot lead to a superior organisation."""


def must_fit_link(link: LinkKind, start: K, end: K) -> None:
    """Check that a link may lead from the kind `start` to the kind `end`. Raises LinkDoesNotFit."""
    if not any(start in starts and end in ends for starts, ends in LINK_ENDS[link]):
        fits = [_ends_label(sorted(starts), sorted(ends)) for starts, ends in LINK_ENDS[link]]
        raise LinkDoesNotFit(kind=link, from_kind=start, to_kind=end, fits=fits)


def _ends_label(starts: Sequence[K], ends: Sequence[K]) -> Labelled:
    """The allowed kinds at both ends of a link as one text, for example `branch → organ/enterprise`."""
    text = f"{'/'.join(starts)} → {'/'.join(ends)}"
    return Labelled(text, f"{'/'.join(kind.zh for kind in starts)} → {'/'.join(kind.zh for kind in ends)}")


def path_below(parent_path: str, organisation_id: UUID) -> str:
    """The path of an organisation below a parent; ids in hex, because ltree allows no hyphens."""
    return f"{parent_path}.{organisation_id.hex}" if parent_path else organisation_id.hex


def must_share_tree(parent: Family, child: Family) -> None:
    """Check that parent and child belong to the same family. Raises ParentOfOtherFamily."""
    if parent is not child:
        raise ParentOfOtherFamily
