"""State transitions of a residence report, and which organisations receive reports."""

from schemas.foundation.labels import LabelledEnum
from schemas.identity.organisations import Family, OrganisationKind
from schemas.residence.reports import ResidenceReportState
from service.residence.reports.errors import NotACommunity, NotAPartyOrganisation, NotPossible, ReportOver


class Verb(LabelledEnum):
    """An action on a submitted residence report."""

    CONFIRM = "confirm", "确认"
    RETURN = "return", "退回"
    END = "end", "结束"


S, V = ResidenceReportState, Verb

TRANSITIONS: dict[tuple[ResidenceReportState, Verb], ResidenceReportState] = {
    (S.SUBMITTED, V.CONFIRM): S.CONFIRMED,
    (S.SUBMITTED, V.RETURN): S.RETURNED,
    (S.SUBMITTED, V.END): S.ENDED,  # the member may withdraw (DOMAIN §3.2)
    (S.CONFIRMED, V.END): S.ENDED,
}
"""(state, verb) → next state. `returned` and `ended` are final; the member submits a new report."""

LIVE = (S.SUBMITTED, S.CONFIRMED)
"""A member has at most one report in these states; the index `uq_residence_report_live` enforces it."""

RECEIVING_KINDS = {OrganisationKind.BRANCH, OrganisationKind.GENERAL_BRANCH, OrganisationKind.PARTY_COMMITTEE}
COMMUNITY_CODE_DIGITS = 12
"""The length of the code of a community or village (DOMAIN §2.3)."""


def possible_verbs(state: ResidenceReportState) -> list[Verb]:
    """List the verbs that are possible in a state."""
    return [verb for (from_state, verb) in TRANSITIONS if from_state is state]


def next_state(state: ResidenceReportState, verb: Verb) -> ResidenceReportState:
    """Return the state after a verb.

    Raises: NotPossible with the possible verbs; ReportOver when there are none.
    """
    target = TRANSITIONS.get((state, verb))
    if target is None:
        if verbs := possible_verbs(state):
            raise NotPossible(state=state, verb=verb, possible=verbs)
        raise ReportOver(state=state, verb=verb)
    return target


def must_receive_reports(family: Family, kind: OrganisationKind, division_code: str | None) -> None:
    """Require the Party organisation of a community or village.

    Raises: NotAPartyOrganisation for a unit, NotACommunity for a Party organisation of something else.
    """
    if family is not Family.PARTY:
        raise NotAPartyOrganisation
    if kind not in RECEIVING_KINDS or len(division_code or "") != COMMUNITY_CODE_DIGITS:
        raise NotACommunity
