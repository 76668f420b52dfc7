"""Visits: check-in, record, check-out, late entries, drafts, corrections, companions, purposes."""

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
    """Result of the presence rules. It has no consequence for the person (DESIGN §2.2)."""

    VERIFIED = "verified"
    DOUBTFUL = "doubtful"
    UNVERIFIED = "unverified"


class PresenceReason(StrEnum):
    """Reason of a presence. The rules are in `service/fieldwork/visits/rules.py`."""

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


class PresenceRuleOut(ResponseModel):
    """A presence reason, its meaning and its rule. The acknowledgement by the place has no rule."""

    reason: PresenceReason
    zh: str
    en: str
    effect: str | None
    """`doubtful`, `verified`, `unverified`, or `note` (decides nothing)."""
    condition: str | None
    """Measure, operator and threshold, for example `gap_m > 0`."""
    measured: str | None
    """Description of the measure, with its unit."""
    source: str | None


class PresenceRules(ResponseModel):
    """All presence reasons, in the order in which a visit lists them."""

    items: list[PresenceRuleOut]


class VisitState(StrEnum):
    """A visit is open until it ends."""

    OPEN = "open"
    ENDED = "ended"


class VisitEnd(StrEnum):
    """How a visit ended."""

    CHECKED_OUT = "checked_out"
    FORGOTTEN = "forgotten"
    """Closed automatically, because the visitor did not check out. It has no consequence."""


PurposeCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""A code of the list `/v1/visit-purposes`."""


class PurposeUpdate(RequestModel):
    """A purpose of visits. Purposes are data, so a campaign needs no new version of the app."""

    name: Line
    name_en: Line
    is_offered: bool = True
    """Whether the app offers the purpose; existing visits keep it."""


class PurposeOut(ResponseModel):
    """A purpose of visits."""

    code: str
    name: str
    name_en: str
    is_offered: bool
    version: int


class CheckIn(RequestModel):
    """A check-in at a place. The position is optional; a missing one has no consequence."""

    place_id: UUID
    checked_in_at: Timestamp
    organisation_id: UUID | None = None
    """The visitor's organisation for the visit; by default that of the first posting that may visit."""
    position: Position | None = None
    site_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")] | None = None
    """The changing code shown at the place; optional. It may be sent hours later."""


class Stay(RequestModel):
    """三同: eating, living and working with the people there. Declared by the visitor, never computed."""

    nights: Annotated[int, Field(strict=True, ge=0, le=366)]
    meals_paid: Annotated[int, Field(strict=True, ge=0, le=1_100)]
    labour: Text = ""


class HelpKind(StrEnum):
    """Kind of help given in a visit (帮扶, 办实事): a kind of support, or a service by the visitor."""

    MONEY = "money"
    GOODS = "goods"
    VENUE = "venue"
    PROJECT = "project"
    POLICY = "policy"
    PEOPLE = "people"
    KNOWLEDGE = "knowledge"
    SERVICE = "service"
    """For example an errand, a completed form or a phone call."""


class HelpGiven(RequestModel):
    """One thing given to or done for the people there.

    Declared, never computed; never counted for a person.
    """

    kind: HelpKind
    content: Filled


HelpList = Annotated[list[HelpGiven], Field(max_length=20)]


class InsightInVisit(InsightCreate):
    """An insight of this visit, with the id that the phone made."""

    id: UUID


class ProblemInVisit(RequestModel):
    """A problem of this visit, with the id that the phone made."""

    id: UUID
    category_code: CategoryCode
    description: Filled
    contact: Contact | None = None


class PromiseInVisit(RequestModel):
    """A promise of this visit, with the id that the phone made."""

    id: UUID
    content: Filled
    owner_id: UUID | None = None
    due_on: Day


class VisitRecord(RequestModel):
    """The record of a visit: what was heard and done. A later one replaces an earlier one."""

    purpose: PurposeCode
    people_met: Annotated[int, Field(strict=True, ge=0, le=10_000)]
    heard: Text = ""
    done: Text = ""
    stay: Stay | None = None
    help_given: HelpList = []
    companions: Annotated[list[UUID], Field(max_length=20)] = []
    """Companions: each is notified once and may decline within the days of the local rule."""
    insights: Annotated[list[InsightInVisit], Field(max_length=20)] = []
    problems: Annotated[list[ProblemInVisit], Field(max_length=20)] = []
    promises: Annotated[list[PromiseInVisit], Field(max_length=20)] = []


class LateEntryCreate(VisitRecord):
    """A whole visit recorded after it took place, in one request. It has no disadvantage."""

    place_id: UUID
    organisation_id: UUID | None = None
    checked_in_at: Timestamp
    checked_out_at: Timestamp


class DraftCreate(LateEntryCreate):
    """A whole visit of a leader, recorded by the delegate."""

    leader_id: UUID


class VisitCorrectionCreate(RequestModel):
    """The new values. Fields that are left out do not change. The old values are kept."""

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
    """The decision on a correction, with its reason."""

    is_accepted: bool
    reason: Filled


class VisitCorrectionOut(ResponseModel):
    """A correction with the old and the requested values."""

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
    """A companion is notified. If he or she does not decline in time, the companion stays recorded."""

    NOTIFIED = "notified"
    DECLINED = "declined"


class CompanionOut(ResponseModel):
    """A companion of a visit."""

    person_id: UUID
    state: CompanionState


class CheckOut(RequestModel):
    """A check-out. It must not be before the check-in."""

    checked_out_at: Timestamp


class VisitOut(ResponseModel):
    """A visit. It has no position: the position is judged and, without consent, not stored."""

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
    """What was heard; null for readers who see the visit through its place."""
    done: str | None
    stay: Stay | None
    help_given: list[HelpGiven] | None
    """Null until the record is written."""
    recorded_at: Timestamp
    """When the server recorded the check-in."""
    version: int


class DraftOut(ResponseModel):
    """Who recorded a visit for its leader, and when the leader confirmed it (null until then)."""

    written_by: UUID
    written_at: Timestamp
    confirmed_at: Timestamp | None
    version: int


class DraftListItem(DraftOut):
    """A draft; `id` is the id of its visit."""

    id: UUID


class VisitDetails(VisitOut):
    """A visit with its companions and its draft."""

    companions: list[CompanionOut]
    draft: DraftOut | None
    """Null if the visitor wrote the record."""


class ProblemLink(ResponseModel):
    """The private link of a problem of the visit, for the person who raised it.

    The same record sent again returns a new link, and the old link stops working. `link` is null if the problem existed
    before and the record changed, and after somebody opened the link.
    """

    problem_id: UUID
    link: str | None


class VisitWithLinks(VisitDetails):
    """A visit with its record and the links of its problems."""

    links: list[ProblemLink]


class VisitQuery(PageQuery):
    """Filter of the list of visits."""

    place_id: UUID | None = None
    state: VisitState | None = None


class VisitCorrectionQuery(PageQuery):
    """Filter of the list of corrections."""

    visit_id: UUID | None = None
    state: VisitCorrectionState | None = None


class VisitDraftQuery(PageQuery):
    """Filter of the list of drafts."""

    is_confirmed: bool | None = None
