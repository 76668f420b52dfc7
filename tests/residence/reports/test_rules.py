"""A report moves as the table says and in no other way; one reports to the Party organisation of a community."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity.organisations import Family, OrganisationKind
from schemas.residence.reports import ResidenceReportState
from service.residence.reports.errors import NotACommunity, NotAPartyOrganisation, NotPossible, ReportOver
from service.residence.reports.rules import LIVE, TRANSITIONS, Verb, move, must_take_reports, possible

S, V = ResidenceReportState, Verb
COMMUNITY = "320101001001"
MOVES = {
    "submitted confirm confirmed",
    "submitted return returned",
    "submitted end ended",
    "confirmed end ended",
}


def test_these_moves_there_are_and_no_others() -> None:
    assert {f"{state} {verb} {following}" for (state, verb), following in TRANSITIONS.items()} == MOVES


@pytest.mark.parametrize(("state", "verb"), sorted(set(product(S, V)) - set(TRANSITIONS)))
def test_any_other_move_is_refused_and_names_what_is_possible(state: S, verb: V) -> None:
    with pytest.raises(NotPossible) as refusal:
        move(state, verb)

    others = {"possible": [V.END]} if state is S.CONFIRMED else {}
    assert isinstance(refusal.value, ReportOver) is (state is not S.CONFIRMED)
    assert refusal.value.facts == {"state": state, "verb": verb, **others}


@given(st.lists(st.sampled_from(V)))
def test_whatever_is_tried_a_report_that_is_over_stays_over(verbs: list[V]) -> None:
    walked = [S.SUBMITTED]

    for verb in verbs:
        if verb in possible(walked[-1]):
            walked.append(move(walked[-1], verb))

    assert all(state in LIVE for state in walked[:-1])
    assert len(set(walked)) == len(walked)


@pytest.mark.parametrize("kind", ["branch", "general_branch", "party_committee"])
def test_the_party_organisation_of_a_community_takes_reports(kind: str) -> None:
    must_take_reports(Family.PARTY, OrganisationKind(kind), COMMUNITY)


@pytest.mark.parametrize("kind", ["organ", "residents_committee", "villagers_committee", "branch"])
def test_a_unit_takes_none(kind: str) -> None:
    with pytest.raises(NotAPartyOrganisation):
        must_take_reports(Family.UNIT, OrganisationKind(kind), COMMUNITY)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("branch", None),
        ("branch", "320101001"),
        ("party_committee", "320101"),
        ("work_committee", COMMUNITY),
        ("party_group", COMMUNITY),
    ],
)
def test_a_party_organisation_of_no_community_takes_none(kind: str, code: str | None) -> None:
    with pytest.raises(NotACommunity):
        must_take_reports(Family.PARTY, OrganisationKind(kind), code)
