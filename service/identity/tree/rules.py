"""The tree's own rules, on plain values: what stands below what, how many members are usual, which links fit."""

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
    """Whether a kind may stand below another."""

    NO = 0
    WITH_APPROVAL = 1
    """Only for a subordinate body, approved by the superior: the number and date of the approval belong to it."""
    YES = 2


PARTY_KINDS = frozenset(
    {K.LOCAL_COMMITTEE, K.LEADING_GROUP, K.WORK_COMMITTEE, K.PARTY_COMMITTEE, K.GENERAL_BRANCH, K.BRANCH, K.PARTY_GROUP}
)
KINDS = {Family.PARTY: PARTY_KINDS, Family.UNIT: frozenset(K) - PARTY_KINDS}
"""The kinds of each tree."""


def _all(*kinds: K) -> dict[K, Fit]:
    return dict.fromkeys(kinds, Fit.YES)


BODIES = _all(K.INSTITUTION, K.ENTERPRISE, K.SOCIAL_ORGANISATION)
MATRIX: dict[K, dict[K, Fit]] = {
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
"""parent kind → child kind → whether it fits; what is not listed does not."""


@dataclass(frozen=True)
class Size:
    """How many members a kind usually has, both ends included; None: no such end."""

    fewest: int
    most: int | None
    may_be_approved: bool
    """Whether fewer are in order once the superior approved."""


SIZES: dict[K, Size] = {
    K.PARTY_GROUP: Size(3, None, may_be_approved=False),
    K.BRANCH: Size(3, 50, may_be_approved=False),
    K.GENERAL_BRANCH: Size(50, 99, may_be_approved=True),
    K.PARTY_COMMITTEE: Size(100, None, may_be_approved=True),
}
"""Thresholds of DOMAIN §2.1. They say "normally": a warning, never a refusal."""


ANY_SIZE = Size(0, None, may_be_approved=False)


def fit(parent: K, child: K) -> Fit:
    """Whether an organisation of the kind `child` may stand directly below one of the kind `parent`."""
    return MATRIX[parent].get(child, Fit.NO)


def must_be_kind_of(family: Family, kind: K) -> None:
    """Raises KindOfOtherFamily."""
    if kind not in KINDS[family]:
        raise KindOfOtherFamily(kind=kind)


def must_fit(parent: K, child: K, *, is_approved: bool) -> None:
    """For what is made by hand; what is imported is accepted and listed. Raises ParentDoesNotFit, ApprovalMissing."""
    found = fit(parent, child)
    if found is Fit.NO:
        raise ParentDoesNotFit(
            kind=child,
            parent_kind=parent,
            fits_below=list(MATRIX[parent]),
            fits_under=[one for one in K if fit(one, child)],
        )
    if found is Fit.WITH_APPROVAL and not is_approved:
        raise ApprovalMissing(kind=child, parent_kind=parent)


@dataclass(frozen=True)
class Standing:
    """What is looked at to tell what is odd about an organisation."""

    family: Family
    kind: K
    parent_family: Family | None
    parent_kind: K | None
    is_approved: bool
    is_closed: bool
    parent_is_closed: bool
    members: int | None
    """Party members in it and below; None: not counted."""


def anomalies_of(one: Standing) -> list[OrganisationAnomaly]:
    """What is odd about it, in the order of the enum; about what was closed nothing is."""
    if one.is_closed:
        return []
    size, stands, number = SIZES.get(one.kind, ANY_SIZE), _fit_of(one), one.members
    found = {
        OrganisationAnomaly.PARENT_OF_OTHER_FAMILY: one.parent_family not in (None, one.family),
        OrganisationAnomaly.KIND_OF_OTHER_FAMILY: one.kind not in KINDS[one.family],
        OrganisationAnomaly.PARENT_DOES_NOT_FIT: stands is Fit.NO,
        OrganisationAnomaly.APPROVAL_MISSING: stands is Fit.WITH_APPROVAL and not one.is_approved,
        OrganisationAnomaly.PARENT_CLOSED: one.parent_is_closed,
        OrganisationAnomaly.TOO_FEW_MEMBERS: number is not None
        and number < size.fewest
        and not (size.may_be_approved and one.is_approved),
        OrganisationAnomaly.TOO_MANY_MEMBERS: number is not None and size.most is not None and number > size.most,
    }
    return [anomaly for anomaly in OrganisationAnomaly if found[anomaly]]


def _fit_of(one: Standing) -> Fit:
    if one.parent_kind is None or one.parent_family is not one.family:
        return Fit.YES  # a root, or told by another anomaly already
    return fit(one.parent_kind, one.kind)


LEADING = frozenset({K.LOCAL_COMMITTEE, K.WORK_COMMITTEE, K.PARTY_COMMITTEE})
UNIT_KINDS = KINDS[Family.UNIT]
LINK_ENDS: dict[LinkKind, tuple[tuple[frozenset[K], frozenset[K]], ...]] = {
    # a primary organisation takes guidance from its department's leading group (DOMAIN §2.1)
    LinkKind.GUIDES: (
        (LEADING | {K.LEADING_GROUP}, PARTY_KINDS),
        (frozenset({K.ORGAN, K.INSTITUTION}), UNIT_KINDS),
    ),
    LinkKind.MANAGES: ((LEADING, PARTY_KINDS), (frozenset({K.ORGAN}), UNIT_KINDS)),
    LinkKind.EXCHANGES: ((PARTY_KINDS, PARTY_KINDS), (UNIT_KINDS, UNIT_KINDS)),
    LinkKind.BELONGS_TO: ((PARTY_KINDS, UNIT_KINDS),),
}
"""kind of link → the kinds it leads from and to."""
DOWNWARD = frozenset({LinkKind.GUIDES, LinkKind.MANAGES})
"""Links that do not lead to whoever stands above."""


def must_link(link: LinkKind, start: K, end: K) -> None:
    """Raises LinkDoesNotFit."""
    if not any(start in starts and end in ends for starts, ends in LINK_ENDS[link]):
        fits = [_ends(sorted(starts), sorted(ends)) for starts, ends in LINK_ENDS[link]]
        raise LinkDoesNotFit(kind=link, from_kind=start, to_kind=end, fits=fits)


def _ends(starts: Sequence[K], ends: Sequence[K]) -> Labelled:
    """Which kinds a link leads from and to, as one text: `branch → organ/enterprise`."""
    text = f"{'/'.join(starts)} → {'/'.join(ends)}"
    return Labelled(text, f"{'/'.join(one.zh for one in starts)} → {'/'.join(one.zh for one in ends)}")


def path_below(parent_path: str, organisation_id: UUID) -> str:
    """The path of an organisation under a parent: labels are ids in hex, since ltree takes no hyphens."""
    return f"{parent_path}.{organisation_id.hex}" if parent_path else organisation_id.hex


def must_share_tree(parent: Family, child: Family) -> None:
    """Raises ParentOfOtherFamily."""
    if parent is not child:
        raise ParentOfOtherFamily
