"""Local rules as they cross the wire: a figure of an organisation from a day on, with the rule it comes from."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Filled, RequestModel, ResponseModel, Timestamp
from schemas.identity.organisations import Role


class RuleKey(StrEnum):
    """What can be set, `<word>.<figure_unit>`; meaning and limits: `service/identity/local_rules/catalogue.py`.

    Names are a contract: added, never changed. Nothing of the negative list is one.
    """

    VISIT_FORGOTTEN_AFTER_H = "visit.forgotten_after_h"
    VISIT_RECORD_OPEN_DAYS = "visit.record_open_days"
    VISIT_DECLINE_WITHIN_DAYS = "visit.decline_within_days"
    CONTACT_POINT_EXPECTED_VISITS_A_YEAR = "contact_point.expected_visits_a_year"
    CONTACT_POINT_OPINION_DAYS = "contact_point.opinion_days"
    PROBLEM_LINK_DAYS = "problem.link_days"
    CORRECTION_DECIDE_WORKDAYS = "correction_request.decide_workdays"


class RuleUnit(StrEnum):
    """In what a figure is counted."""

    HOURS = "hours"
    DAYS = "days"
    WORKDAYS = "workdays"
    VISITS_A_YEAR = "visits_a_year"


Figure = Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)]


class LocalRuleCreate(RequestModel):
    """A figure of an organisation, which holds there and below from a day on until another is set."""

    organisation_id: UUID
    key: RuleKey
    value: Figure | None
    """Null: from that day on what is set above holds again, or the default."""
    valid_from: Day
    """Today or later: what held on a past day stays."""
    source: Filled
    """The rule it comes from: number, title and paragraph of the document."""


class LocalRuleOut(ResponseModel):
    """One setting. It stays as it is; a change is another one."""

    id: UUID
    organisation_id: UUID
    key: str
    """Of the catalogue; an old setting may have one that is no longer there."""
    value: int | None
    valid_from: date
    source: str
    author_id: UUID
    recorded_at: Timestamp
    number: Annotated[int, Field(ge=1)]
    """Of the settings of this key by this organisation, in the order of their recording."""


class RuleInForce(ResponseModel):
    """What holds for an organisation, and where it comes from."""

    key: RuleKey
    value: int | None
    """Null: nothing is asked."""
    unit: RuleUnit
    rule: LocalRuleOut | None
    """The setting it comes from, the organisation's own or the nearest above; null: the default."""


class RulesInForce(ResponseModel):
    """What holds for an organisation on a day."""

    organisation_id: UUID
    on: date
    items: list[RuleInForce]


class RuleDescribed(ResponseModel):
    """One line of the catalogue: what can be set, within which limits, by whom."""

    key: RuleKey
    meaning_zh: str
    meaning_en: str
    unit: RuleUnit
    at_least: int
    at_most: int
    default: int | None
    """Null: nothing is asked unless somebody sets it."""
    source: str
    """Where the default comes from."""
    set_by: list[Role]
    is_for_whole_jurisdiction: bool
    """Set at the root of a tree only."""


class RuleCatalogue(ResponseModel):
    """Everything that can be set."""

    items: list[RuleDescribed]
