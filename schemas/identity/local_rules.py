"""Schemas of local rules: a value of an organisation from a day on, with its source document."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from schemas.foundation.common import Day, Filled, PageQuery, RequestModel, ResponseModel, Timestamp
from schemas.foundation.labels import LabelledEnum
from schemas.identity.organisations import Role


class RuleKey(LabelledEnum):
    """The keys of local rules, spelled `<domain>.<what>_<unit>`; see the catalogue of local rules.

    A key is a contract: keys are added, never renamed.
    """

    VISIT_FORGOTTEN_AFTER_H = "visit.forgotten_after_h", "签到后按“忘记签退”结束的时限"
    VISIT_RECORD_OPEN_DAYS = "visit.record_open_days", "走访记录可直接补充的期限"
    VISIT_DECLINE_WITHIN_DAYS = "visit.decline_within_days", "同行人声明未同行的期限"
    CONTACT_POINT_EXPECTED_VISITS_A_YEAR = "contact_point.expected_visits_a_year", "领导每年到联系点的预期次数"
    CONTACT_POINT_OPINION_DAYS = "contact_point.opinion_days", "联系任期届满前可填写意见的期限"
    PROBLEM_LINK_DAYS = "problem.link_days", "群众专属链接的有效期"
    CORRECTION_DECIDE_WORKDAYS = "correction_request.decide_workdays", "个人信息更正申请的答复期限"


class RuleUnit(LabelledEnum):
    """The unit of a value."""

    HOURS = "hours", "小时"
    DAYS = "days", "天"
    WORKDAYS = "workdays", "个工作日"
    VISITS_A_YEAR = "visits_a_year", "次/年"


RuleValue = Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)]


class LocalRuleCreate(RequestModel):
    """A value for an organisation and all below it, from a day on until another one is set."""

    organisation_id: UUID
    key: RuleKey
    value: RuleValue | None
    """Null: withdraw the organisation's own setting; that of the nearest superior or the default applies again."""
    valid_from: Day
    """Today or later."""
    source: Filled
    """The source document: number, title and paragraph."""


class LocalRuleOut(ResponseModel):
    """One setting. It never changes; a change is another setting."""

    id: UUID
    organisation_id: UUID
    key: str
    """A key of the catalogue; an old setting may have a key that was removed."""
    value: int | None
    valid_from: date
    source: str
    author_id: UUID
    recorded_at: Timestamp
    number: Annotated[int, Field(ge=1)]
    """Number among the organisation's settings of this key, from 1, in the order of recording."""


class EffectiveRuleOut(ResponseModel):
    """The value in force for an organisation, and the setting it comes from."""

    key: RuleKey
    value: int | None
    """Null: no rule applies."""
    unit: RuleUnit
    rule: LocalRuleOut | None
    """The organisation's own setting or that of the nearest superior; null: the default applies."""


class EffectiveRulesOut(ResponseModel):
    """The rules in force for an organisation on a day."""

    organisation_id: UUID
    on: date
    items: list[EffectiveRuleOut]


class LocalRuleDefinitionOut(ResponseModel):
    """One rule of the catalogue: its meaning, its limits and who may set it."""

    key: RuleKey
    meaning_zh: str
    meaning_en: str
    unit: RuleUnit
    at_least: int
    at_most: int
    default: int | None
    """Null: no rule applies unless an organisation sets one."""
    source: str
    """Where the default comes from."""
    set_by: list[Role]
    """The roles that may set it."""
    is_for_whole_jurisdiction: bool
    """Whether it can be set at the root of a tree only."""


class LocalRuleCatalogueOut(ResponseModel):
    """All local rules that can be set."""

    items: list[LocalRuleDefinitionOut]


class LocalRuleQuery(PageQuery):
    """Which settings of an organisation to list."""

    organisation_id: Annotated[UUID, Field(description="The organisation that set them.")]
    key: Annotated[RuleKey | None, Field(description="Only settings of this key.")] = None


class EffectiveRulesQuery(RequestModel):
    """Which rules in force to read."""

    organisation_id: Annotated[UUID, Field(description="The organisation for which the rules are in force.")]
    key: Annotated[RuleKey | None, Field(description="Only the rule of this key.")] = None
    on: Annotated[
        Day | None, Field(description="The rules in force at the end of this day; left out, those in force now.")
    ] = None
