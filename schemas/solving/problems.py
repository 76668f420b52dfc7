"""Problems as they cross the wire: raised, dispatched, accepted, answered, judged by whoever raised them, closed."""

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
    """Where a problem stands; what may follow is one table in `service/solving/problems/rules.py`."""

    RAISED = "raised", "已提出"
    DISPATCHED = "dispatched", "已派单"
    ACCEPTED = "accepted", "办理中"
    ANSWERED = "answered", "已答复"
    REOPENED = "reopened", "重新办理"
    CONFIRMED = "confirmed", "群众满意"
    CLOSED = "closed", "已办结"


class ProblemVerb(LabelledEnum):
    """What can be done to a problem."""

    DISPATCH = "dispatch", "派单"
    ACCEPT = "accept", "受理"
    ANSWER = "answer", "答复"
    SATISFIED = "satisfied", "评价满意"
    NOT_SATISFIED = "not_satisfied", "评价不满意"
    CLOSE = "close", "办结"


class ProblemOutcome(StrEnum):
    """How it ended (DOMAIN §5.3): solved in fact, or explained where it cannot be."""

    SOLVED = "solved"
    EXPLAINED = "explained"


class Satisfaction(StrEnum):
    """The word of whoever raised it; silence is none."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"


CategoryCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.]{0,63}$")]


class ProblemCreate(RequestModel):
    """A problem raised by a cadre for a resident, in a visit (`visit_id`) or outside one."""

    place_id: UUID
    category_code: CategoryCode
    description: Filled
    visit_id: UUID | None = None
    contact: Contact | None = None
    accused_ids: Annotated[list[UUID], Field(max_length=10)] = []
    """Makes it an accusation: the organisations it speaks against. Neither they, nor anybody below them, nor the
    place's own organisation ever learn of it; it is handled by a body outside."""


class Dispatch(RequestModel):
    """Which organisation shall own the problem from now on."""

    organisation_id: UUID


class ProblemAnswer(RequestModel):
    """What was done, as the person will read it."""

    outcome: ProblemOutcome
    answer: Filled


class Rating(RequestModel):
    """The word of the person who raised it; a no needs its reason."""

    satisfaction: Satisfaction
    reason: Text = ""


class RelayedRatingCreate(Rating):
    """The same, with the return visit in which the person said it."""

    visit_id: UUID

    def rating(self) -> Rating:
        """What the person said."""
        return Rating(satisfaction=self.satisfaction, reason=self.reason)


class Reveal(RequestModel):
    """Why the contact is needed; written to the access log."""

    reason: Line


class ProblemLookupQuery(RequestModel):
    """Whose problems are wanted, and why; the reason is written to the access log, the number is not."""

    phone: Phone
    reason: Line


class Found(ResponseModel):
    """What a look-up found, newest first, at most 50."""

    items: list["ProblemOut"]


class ContactOut(ResponseModel):
    """A resident's contact, shown to the handler."""

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
    """The organisation of whoever raised it."""
    owner_id: UUID | None
    """The one organisation that owns it now; null until it is dispatched."""
    outcome: ProblemOutcome | None
    answer: str | None
    satisfaction: Satisfaction | None
    satisfaction_reason: str | None
    redone: Annotated[int, Field(ge=0)]
    """How often the person was not satisfied."""
    raised_at: Timestamp
    respond_by: datetime | None
    solve_by: datetime | None
    answered_at: Timestamp | None
    closed_at: Timestamp | None
    possible: list[ProblemVerb]
    """What may be done to it now."""
    is_accusation: bool
    """Kept from whoever stands in an accused organisation or at the place."""
    accused_ids: list[UUID]
    version: int


class ProblemRaised(ResponseModel):
    """The problem and the resident's private link.

    Repeated, the request answers another link instead, and the one before stops working; null once somebody opened it.
    """

    problem: ProblemOut
    link: str | None


class SettingUpdate(RequestModel):
    """Something set for the whole jurisdiction."""

    source: Filled | None = None
    """The rule it comes from: number, title and paragraph of the document. Kept with the version."""


class CategoryUpdate(SettingUpdate):
    """A category with its deadlines in working days (DOMAIN §5.2)."""

    name: Line
    respond_days: Annotated[int, Field(ge=1, le=365)]
    solve_days: Annotated[int, Field(ge=1, le=365)]


class CategoryOut(ResponseModel):
    """A category of problems."""

    code: str
    name: str
    respond_days: int
    solve_days: int


class RouteUpdate(SettingUpdate):
    """Which organisation handles a category in a division and everything below it."""

    category_code: CategoryCode
    division_code: DivisionCode
    organisation_id: UUID


class CategoryVersionOut(ResponseModel):
    """How a category was from a moment on, until the next version's. Deadlines set meanwhile were computed with it."""

    id: UUID
    number: Annotated[int, Field(ge=1)]
    category_code: str
    name: str
    respond_days: int
    solve_days: int
    in_force_from: Timestamp | None
    """Null: already so when versions began to be kept."""
    source: str | None
    set_by: UUID | None


class RouteVersionOut(ResponseModel):
    """Where a route led from a moment on, until the next version's."""

    id: UUID
    number: Annotated[int, Field(ge=1)]
    route_id: UUID
    category_code: str
    division_code: str
    organisation_id: UUID
    in_force_from: Timestamp | None
    """Null: already so when versions began to be kept."""
    source: str | None
    set_by: UUID | None


class RouteOut(ResponseModel):
    """Where problems of a category and area go by themselves."""

    id: UUID
    category_code: str
    division_code: str
    organisation_id: UUID


class ProblemQuery(PageQuery):
    """Which problems to list."""

    state: ProblemState | None = None
    place_id: UUID | None = None
    owner_id: UUID | None = None


class SettingVersionQuery(PageQuery):
    """Which versions of a category or route to list."""

    on: Annotated[
        Day | None, Field(description="The version in force at the end of that day, and those before it.")
    ] = None
