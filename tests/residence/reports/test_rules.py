"""Transition table of a residence report, and the organisations that receive reports."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.identity.organisations import Family, OrganisationKind
from schemas.residence.reports import ResidenceReportState
from service.residence.reports.errors import NotACommunity, NotAPartyOrganisation, NotPossible, ReportOver
from service.residence.reports.rules import LIVE, TRANSITIONS, Verb, must_receive_reports, next_state, possible_verbs

S, V = ResidenceReportState, Verb
COMMUNITY = "320101001001"
EXPECTED_TRANSITIONS = {
    "submitted confirm confirmed",
    "submitted return returned",
    "submitted end ended",
    "confirmed end ended",
}


def test_transitions_match_the_table() -> None:
    assert {f"{state} {verb} {target}" for (state, verb), target in TRANSITIONS.items()} == EXPECTED_TRANSITIONS


@pytest.mark.parametrize(("state", "verb"), sorted(set(product(S, V)) - set(TRANSITIONS)))
def test_transition_not_in_table_is_refused_with_possible_verbs(state: S, verb: V) -> None:
    with pytest.raises(NotPossible) as refusal:
        next_state(state, verb)

    possible = {"possible": [V.END]} if state is S.CONFIRMED else {}
    assert isinstance(refusal.value, ReportOver) is (state is not S.CONFIRMED)
    assert refusal.value.facts == {"state": state, "verb": verb, **possible}


@given(st.lists(st.sampled_from(V)))
def test_transitions_never_leave_a_final_state(verbs: list[V]) -> None:
    states = [S.SUBMITTED]

    for verb in verbs:
        if verb in possible_verbs(states[-1]):
            states.append(next_state(states[-1], verb))

    assert all(state in LIVE for state in states[:-1])
    assert len(set(states)) == len(states)


@pytest.mark.parametrize("kind", ["branch", "general_branch", "party_committee"])
def test_party_organisation_of_community_receives_reports(kind: str) -> None:
    must_receive_reports(Family.PARTY, OrganisationKind(kind), COMMUNITY)


@pytest.mark.parametrize("kind", ["organ", "residents_committee", "villagers_committee", "branch"])
def test_unit_receives_no_reports(kind: str) -> None:
    with pytest.raises(NotAPartyOrganisation):
        must_receive_reports(Family.UNIT, OrganisationKind(kind), COMMUNITY)


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
def test_party_organisation_without_community_receives_no_reports(kind: str, code: str | None) -> None:
    with pytest.raises(NotACommunity):
        must_receive_reports(Family.PARTY, OrganisationKind(kind), code)
