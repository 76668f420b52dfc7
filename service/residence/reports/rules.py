"""Which way a residence report can move: one table. To whom one can report, on plain values."""

from schemas.foundation.labels import LabelledEnum
from schemas.identity.organisations import Family, OrganisationKind
from schemas.residence.reports import ResidenceReportState
from service.residence.reports.errors import NotACommunity, NotAPartyOrganisation, NotPossible, ReportOver


class Verb(LabelledEnum):
    """What is done to a residence report after it was submitted."""

    CONFIRM = "confirm", "确认"
    RETURN = "return", "退回"
    END = "end", "结束"


S, V = ResidenceReportState, Verb

TRANSITIONS: dict[tuple[ResidenceReportState, Verb], ResidenceReportState] = {
    (S.SUBMITTED, V.CONFIRM): S.CONFIRMED,
    (S.SUBMITTED, V.RETURN): S.RETURNED,
    (S.SUBMITTED, V.END): S.ENDED,  # withdrawing is the member's right (DOMAIN §3.2)
    (S.CONFIRMED, V.END): S.ENDED,
}
"""(state, verb) → state. What was returned or ended stays so; the member reports anew."""

LIVE = (S.SUBMITTED, S.CONFIRMED)
"""The states of which a member has at most one report; the index `uq_residence_report_live` says the same."""

TAKES_REPORTS = {OrganisationKind.BRANCH, OrganisationKind.GENERAL_BRANCH, OrganisationKind.PARTY_COMMITTEE}
COMMUNITY_CODE_DIGITS = 12
"""The length of the code of a community or village (DOMAIN §2.3)."""


def possible(state: ResidenceReportState) -> list[Verb]:
    """What can be done to a report in this state."""
    return [verb for (known, verb) in TRANSITIONS if known is state]


def move(state: ResidenceReportState, verb: Verb) -> ResidenceReportState:
    """The state after the move. Raises NotPossible, naming what is; ReportOver when nothing is."""
    following = TRANSITIONS.get((state, verb))
    if following is None:
        if others := possible(state):
            raise NotPossible(state=state, verb=verb, possible=others)
        raise ReportOver(state=state, verb=verb)
    return following


def must_take_reports(family: Family, kind: OrganisationKind, division_code: str | None) -> None:
    """Whether it is the Party organisation of a community or village.

    Raises NotAPartyOrganisation for a unit, NotACommunity for a Party organisation of something else.
    """
    if family is not Family.PARTY:
        raise NotAPartyOrganisation
    if kind not in TAKES_REPORTS or len(division_code or "") != COMMUNITY_CODE_DIGITS:
        raise NotACommunity
