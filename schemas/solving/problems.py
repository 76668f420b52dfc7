"""Request and response models of problems, categories and routes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.foundation.common import Day, Filled, Line, PageQuery, RequestModel, ResponseModel, Text, Timestamp
from schemas.foundation.contacts import Contact, Phone
from schemas.foundation.labels import LabelledEnum
from schemas.identity.organisations import DivisionCode


class ProblemState(LabelledEnum):
    """State of a problem. The transitions are in `service/solving/problems/rules.py`."""

    RAISED = "raised", "已提出"
    DISPATCHED = "dispatched", "已派单"
    ACCEPTED = "accepted", "办理中"
    ANSWERED = "answered", "已答复"
    REOPENED = "reopened", "重新办理"
    CONFIRMED = "confirmed", "群众满意"
    CLOSED = "closed", "已办结"


class ProblemVerb(LabelledEnum):
    """Verbs of the state machine of problems."""

    DISPATCH = "dispatch", "派单"
    ACCEPT = "accept", "受理"
    ANSWER = "answer", "答复"
    SATISFIED = "satisfied", "评价满意"
    NOT_SATISFIED = "not_satisfied", "评价不满意"
    CLOSE = "close", "办结"


class ProblemOutcome(StrEnum):
    """Outcome of a problem (DOMAIN §5.3): solved, or explained why it cannot be solved."""

    SOLVED = "solved"
    EXPLAINED = "explained"


class Satisfaction(StrEnum):
    """Rating by the resident. Without a rating nothing is assumed."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"


CategoryCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]


class ProblemCreate(RequestModel):
    """A problem that a cadre raises for a resident, in a visit (`visit_id`) or without one."""

    place_id: UUID
    category_code: CategoryCode
    description: Filled
    visit_id: UUID | None = None
    contact: Contact | None = None
    accused_ids: Annotated[list[UUID], Field(max_length=10)] = []
    """The accused organisations; not empty means that the problem is an accusation. It is barred from these
    organisations, from all below them and from the organisation of the place."""


class Dispatch(RequestModel):
    """The new owner of a problem."""

    organisation_id: UUID


class ProblemAnswer(RequestModel):
    """The answer of the owner, as the resident will read it."""

    outcome: ProblemOutcome
    answer: Filled


class Rating(RequestModel):
    """The rating of the resident. `not_satisfied` needs a reason."""

    satisfaction: Satisfaction
    reason: Text = ""


class RelayedRatingCreate(Rating):
    """A rating that the resident gave in a return visit, relayed by the person who raised the problem."""

    visit_id: UUID
    """The return visit: ended, at the place of the problem, started after the answer."""

    def rating(self) -> Rating:
        """The rating without the visit."""
        return Rating(satisfaction=self.satisfaction, reason=self.reason)


class Reveal(RequestModel):
    """The reason to see the contact. It is written to the access log."""

    reason: Line


class ProblemLookupQuery(RequestModel):
    """A phone number to search, and the reason. Only the reason is written to the access log."""

    phone: Phone
    reason: Line


class LookupResult(ResponseModel):
    """The problems with the phone number, newest first, at most 50."""

    items: list["ProblemOut"]


class ContactOut(ResponseModel):
    """The contact of a resident."""

    name: str
    phone: str


class ProblemOut(ResponseModel):
    """A problem, without the resident's contact."""

    id: UUID
    place_id: UUID
    visit_id: UUID | None
    category_code: str
    description: str
    state: ProblemState
    raised_by: UUID
    organisation_id: UUID
    """The organisation of the person who raised it."""
    owner_id: UUID | None
    """The organisation that handles it now; null until it is dispatched."""
    outcome: ProblemOutcome | None
    answer: str | None
    satisfaction: Satisfaction | None
    satisfaction_reason: str | None
    redone: Annotated[int, Field(ge=0)]
    """How many times the resident was not satisfied."""
    raised_at: Timestamp
    respond_by: datetime | None
    """Deadline of acceptance; null when it no longer runs."""
    solve_by: datetime | None
    """Deadline of the answer; null when it no longer runs."""
    answered_at: Timestamp | None
    closed_at: Timestamp | None
    possible: list[ProblemVerb]
    """The verbs that are possible in this state."""
    is_accusation: bool
    """True: barred from the accused organisations and the organisation of the place."""
    accused_ids: list[UUID]
    version: int


class ProblemRaised(ResponseModel):
    """The problem and the private link of the resident.

    A repeated request returns a new link, and the earlier one stops working. After the link was opened it is null.
    """

    problem: ProblemOut
    link: str | None


class SettingUpdate(RequestModel):
    """A setting of the whole jurisdiction."""

    source: Filled | None = None
    """The document behind it: number, title and paragraph. Stored with the version."""


class CategoryUpdate(SettingUpdate):
    """The name and the deadlines of a category (DOMAIN §5.2)."""

    name: Line
    respond_days: Annotated[int, Field(ge=1, le=365)]
    """Working days until acceptance."""
    solve_days: Annotated[int, Field(ge=1, le=365)]
    """Working days until the answer."""


class CategoryOut(ResponseModel):
    """A category of problems."""

    code: str
    name: str
    respond_days: int
    solve_days: int


class RouteUpdate(SettingUpdate):
    """The organisation that handles a category in a division and below."""

    category_code: CategoryCode
    division_code: DivisionCode
    organisation_id: UUID


class CategoryVersionOut(ResponseModel):
    """A version of a category, in force until the next one. Deadlines of that time were computed with it."""

    id: UUID
    number: Annotated[int, Field(ge=1)]
    category_code: str
    name: str
    respond_days: int
    solve_days: int
    in_force_from: Timestamp | None
    """Null: from before versions were recorded."""
    source: str | None
    set_by: UUID | None


class RouteVersionOut(ResponseModel):
    """A version of a route, in force until the next one."""

    id: UUID
    number: Annotated[int, Field(ge=1)]
    route_id: UUID
    category_code: str
    division_code: str
    organisation_id: UUID
    in_force_from: Timestamp | None
    """Null: from before versions were recorded."""
    source: str | None
    set_by: UUID | None


class RouteOut(ResponseModel):
    """The organisation that problems of a category and division are dispatched to automatically."""

    id: UUID
    category_code: str
    division_code: str
    organisation_id: UUID


class ProblemQuery(PageQuery):
    """Filter of problems."""

    state: ProblemState | None = None
    place_id: UUID | None = None
    owner_id: UUID | None = None


class SettingVersionQuery(PageQuery):
    """Filter of the versions of a category or route."""

    on: Annotated[
        Day | None, Field(description="The version in force at the end of that day, and those before it.")
    ] = None
