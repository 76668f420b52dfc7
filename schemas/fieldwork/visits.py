"""Visits as they cross the wire: check in, record, check out."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from schemas.fieldwork.insights import InsightCreate
from schemas.foundation.common import Day, Filled, Line, PageQuery, RequestModel, ResponseModel, Text, Timestamp
from schemas.foundation.contacts import Contact
from schemas.foundation.geo import Position
from schemas.foundation.labels import LabelledEnum
from schemas.solving.problems import CategoryCode


class Presence(StrEnum):
    """What the evidence of being there supports. It has no consequence for the person (DESIGN §2.2)."""

    VERIFIED = "verified"
    DOUBTFUL = "doubtful"
    UNVERIFIED = "unverified"


class PresenceReason(StrEnum):
    """Why a presence is what it is; the rule for each stands in `service/fieldwork/visits/rules.py`."""

    POSITION_MISSING = "position_missing"
    PLACE_NOT_LOCATED = "place_not_located"
    OUTSIDE_FENCE = "outside_fence"
    FENCE_EDGE = "fence_edge"
    SPEED_IMPOSSIBLE = "speed_impossible"
    POSITION_STALE = "position_stale"
    CLOCK_SKEW = "clock_skew"
    POSITION_MOCKED = "position_mocked"
    SITE_CODE_MATCHED = "site_code_matched"
    SITE_CODE_WRONG = "site_code_wrong"
    ACKNOWLEDGED_BY_PLACE = "acknowledged_by_place"


class PresenceRule(ResponseModel):
    """What one reason means for the person, and the rule it comes from; an acknowledgement by the place has none."""

    reason: PresenceReason
    zh: str
    en: str
    effect: str | None
    """`doubtful`, `verified`, `unverified`, or `note`, which decides nothing."""
    condition: str | None
    """The measure, how it is compared, and with what: `gap_m > 0`."""
    measured: str | None
    """How the measure is taken."""
    source: str | None


class PresenceRules(ResponseModel):
    """All reasons a presence can have, in the order in which they are listed."""

    items: list[PresenceRule]


class VisitState(StrEnum):
    """Open until checked out."""

    OPEN = "open"
    ENDED = "ended"


class VisitEnd(StrEnum):
    """How a visit ended."""

    CHECKED_OUT = "checked_out"
    FORGOTTEN = "forgotten"
    """Nobody checked out; a day later it was closed. It means nothing for the person."""


PurposeCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""One of the purposes of this deployment (`/v1/visit-purposes`)."""


class PurposeUpdate(RequestModel):
    """A purpose: purposes are data, so that a campaign needs no new version of the app."""

    name: Line
    name_en: Line
    is_offered: bool = True
    """Whether the picker still offers it; visits that have it keep it."""


class PurposeOut(ResponseModel):
    """A purpose of visits."""

    code: str
    name: str
    name_en: str
    is_offered: bool
    version: int


class CheckIn(RequestModel):
    """Arriving at a place. The position may be left out, which has no consequence."""

    place_id: UUID
    checked_in_at: Timestamp
    organisation_id: UUID | None = None
    """For whom, if the visitor has several postings; otherwise the first that may visit."""
    position: Position | None = None
    site_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    """The changing code shown at the place, if there is one and you like; it may be sent hours later."""


class Stay(RequestModel):
    """三同: ate, lived and worked with the people there. Declared, never computed."""

    nights: Annotated[int, Field(strict=True, ge=0, le=366)]
    meals_paid: Annotated[int, Field(strict=True, ge=0, le=1_100)]
    labour: Text = ""


class HelpKind(StrEnum):
    """What was given: 帮扶 and 办实事 of a visit, as DESIGN names support, and what one does with one's own hands."""

    MONEY = "money"
    GOODS = "goods"
    VENUE = "venue"
    PROJECT = "project"
    POLICY = "policy"
    PEOPLE = "people"
    KNOWLEDGE = "knowledge"
    SERVICE = "service"
    """An errand run, a form filled in, a call made."""


class HelpGiven(RequestModel):
    """One thing that was given or done for the people there. Declared, never computed, and nobody's figure."""

    kind: HelpKind
    content: Filled


HelpList = Annotated[list[HelpGiven], Field(max_length=20)]


class InsightInVisit(InsightCreate):
    """Something heard in this visit, with the id the phone made."""

    id: UUID


class ProblemInVisit(RequestModel):
    """A problem raised in this visit, with the id the phone made."""

    id: UUID
    category_code: CategoryCode
    description: Filled
    contact: Contact | None = None


class PromiseInVisit(RequestModel):
    """A promise given in this visit, with the id the phone made."""

    id: UUID
    content: Filled
    owner_id: UUID | None = None
    due_on: Day


class VisitRecord(RequestModel):
    """What was heard and done; sent again, it replaces the earlier record."""

    purpose: PurposeCode
    people_met: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    heard: Text = ""
    done: Text = ""
    stay: Stay | None = None
    help_given: HelpList = []
    companions: Annotated[list[UUID], Field(max_length=20)] = []
    """Who came along: recorded once, told, and free to decline within the days of the local rule."""
    insights: Annotated[list[InsightInVisit], Field(max_length=20)] = []
    problems: Annotated[list[ProblemInVisit], Field(max_length=20)] = []
    promises: Annotated[list[PromiseInVisit], Field(max_length=20)] = []


class LateEntryCreate(VisitRecord):
    """A whole visit written down afterwards, in one request. It is a visit like every other."""

    place_id: UUID
    organisation_id: UUID | None = None
    checked_in_at: Timestamp
    checked_out_at: Timestamp


class DraftCreate(LateEntryCreate):
    """A whole visit of a leader, written down by the delegate."""

    leader_id: UUID


class VisitCorrectionCreate(RequestModel):
    """What should stand instead; what is left out stays. The original is kept beside it."""

    checked_in_at: Timestamp | None = None
    checked_out_at: Timestamp | None = None
    purpose: PurposeCode | None = None
    people_met: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = None
    heard: Text | None = None
    done: Text | None = None
    stay: Stay | None = None
    help_given: HelpList | None = None
    reason: Filled


class VisitCorrectionState(LabelledEnum):
    """A correction is requested, then accepted or refused."""

    REQUESTED = "requested", "待决定"
    ACCEPTED = "accepted", "已采纳"
    REFUSED = "refused", "未采纳"


class VisitCorrectionDecision(RequestModel):
    """Whether the correction stands, and why."""

    is_accepted: bool
    reason: Filled


class VisitCorrectionOut(ResponseModel):
    """A correction, with what stood before and what was asked for."""

    id: UUID
    visit_id: UUID
    requested_by: UUID
    requested_at: Timestamp
    before: dict[str, object]
    after: dict[str, object]
    reason: str
    state: VisitCorrectionState
    decided_by: UUID | None
    decided_at: Timestamp | None
    decision_reason: str | None
    version: int


class CompanionState(StrEnum):
    """A companion was told; silence is consent, a no is kept."""

    NOTIFIED = "notified"
    DECLINED = "declined"


class CompanionOut(ResponseModel):
    """Somebody who came along."""

    person_id: UUID
    state: CompanionState


class CheckOut(RequestModel):
    """Leaving. Not before the check-in."""

    checked_out_at: Timestamp


class VisitOut(ResponseModel):
    """A visit. The position is not part of it: it was judged and, without consent, forgotten."""

    id: UUID
    person_id: UUID
    organisation_id: UUID
    place_id: UUID
    state: VisitState
    checked_in_at: Timestamp
    checked_out_at: Timestamp | None
    presence: Presence
    presence_reasons: list[PresenceReason]
    ended_by: VisitEnd | None
    purpose: str | None
    people_met: int | None
    heard: str | None
    """Null for those who see the visit through its place: what people confided stays on the visitor's side."""
    done: str | None
    stay: Stay | None
    help_given: list[HelpGiven] | None
    """Null until the visit is written down."""
    recorded_at: Timestamp
    """When the server wrote the check-in down."""
    version: int


class DraftOut(ResponseModel):
    """Who wrote a visit down for its leader, and when the leader confirmed it; null until then."""

    written_by: UUID
    written_at: Timestamp
    confirmed_at: Timestamp | None
    version: int


class DraftListItem(DraftOut):
    """A draft; its id is the visit's."""

    id: UUID


class VisitDetails(VisitOut):
    """A visit with those who came along."""

    companions: list[CompanionOut]
    draft: DraftOut | None
    """Null for a visit that the visitor wrote down in person."""


class ProblemLink(ResponseModel):
    """The private link of a problem raised in the visit; hand it to the person.

    The same record again answers another link instead, and the one before stops working. Null for a problem that was
    raised before when something else was changed, and once somebody opened the link.
    """

    problem_id: UUID
    link: str | None


class VisitWithLinks(VisitDetails):
    """A visit that was written down, with the links of the problems raised in it."""

    links: list[ProblemLink]


class VisitQuery(PageQuery):
    """Which visits to list."""

    place_id: UUID | None = None
    state: VisitState | None = None


class VisitCorrectionQuery(PageQuery):
    """Which corrections of visits to list."""

    visit_id: UUID | None = None
    state: VisitCorrectionState | None = None


class VisitDraftQuery(PageQuery):
    """Which drafts to list."""

    is_confirmed: bool | None = None
