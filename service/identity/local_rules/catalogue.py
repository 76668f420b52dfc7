"""The catalogue of local rules: meaning, unit, limits, default with its source, and who may set each.

`grassroots rules` prints it. Tests check that the code reads every key and that no key is on the negative list
(DESIGN §2.1). Quotas have no default (DOMAIN §4.5 rule 6).
"""

from dataclasses import dataclass

from schemas.identity.local_rules import LocalRuleDefinitionOut, RuleKey, RuleUnit
from schemas.identity.organisations import Role

ADMINISTRATOR = frozenset({Role.SYSTEM_ADMINISTRATOR})
OFFICERS = frozenset({Role.ORGAN_COMMITTEE_OFFICER, Role.WORK_COMMITTEE_OFFICER})


@dataclass(frozen=True)
class RuleDefinition:
    """One rule that organisations may set."""

    zh: str
    en: str
    unit: RuleUnit
    at_least: int
    at_most: int
    default: int | None
    """None: no rule applies unless an organisation sets one."""
    source: str
    """Where the default comes from: a law or a section of DOMAIN or DESIGN."""
    set_by: frozenset[Role]
    is_for_whole_jurisdiction: bool = False
    """Set at the root of a tree only, so that one value applies to everybody."""

    def as_schema(self, key: RuleKey) -> LocalRuleDefinitionOut:
        """The definition as the API returns it."""
        return LocalRuleDefinitionOut(
            key=key,
            meaning_zh=self.zh,
            meaning_en=self.en,
            unit=self.unit,
            at_least=self.at_least,
            at_most=self.at_most,
            default=self.default,
            source=self.source,
            set_by=[role for role in Role if role in self.set_by],
            is_for_whole_jurisdiction=self.is_for_whole_jurisdiction,
        )


CATALOGUE: dict[RuleKey, RuleDefinition] = {
    RuleKey.VISIT_FORGOTTEN_AFTER_H: RuleDefinition(
        "签到后多久未登记离开即按“忘记签退”结束，无其他后果",
        "how long after check-in an open visit is closed as a forgotten check-out, without any other consequence",
        RuleUnit.HOURS,
        at_least=1,
        at_most=24 * 31,
        default=24,
        source="DESIGN §6 (Visits), DOMAIN §4.5-1",
        set_by=OFFICERS,
    ),
    RuleKey.VISIT_RECORD_OPEN_DAYS: RuleDefinition(
        "走访结束后多少天内可直接补充记录，之后申请更正",
        "how long after its end the record of a visit may be completed; later a correction is requested",
        RuleUnit.DAYS,
        at_least=1,
        at_most=90,
        default=10,
        source="DESIGN §2.7, DOMAIN §4.5-10",
        set_by=OFFICERS,
    ),
    RuleKey.VISIT_DECLINE_WITHIN_DAYS: RuleDefinition(
        "被列为同行人后多少天内可声明未同行",
        "how long a person named as a companion may decline",
        RuleUnit.DAYS,
        at_least=1,
        at_most=90,
        default=10,
        source="DESIGN §6 (Visits)",
        set_by=OFFICERS,
    ),
    RuleKey.CONTACT_POINT_EXPECTED_VISITS_A_YEAR: RuleDefinition(
        "领导每年到联系点的预期次数，仅提示本人，不作考核指标",
        "how often a year a leader is expected at the contact point; shown to the leader only, never an indicator",
        RuleUnit.VISITS_A_YEAR,
        at_least=0,
        at_most=52,
        default=None,
        source="DOMAIN §4.1, §4.5-6 (各地自定，默认无)",
        set_by=OFFICERS,
    ),
    RuleKey.CONTACT_POINT_OPINION_DAYS: RuleDefinition(
        "联系任期届满前多少天起可填写走访点意见",
        "how many days before the end of a contact point's term the place may begin to give its opinion",
        RuleUnit.DAYS,
        at_least=1,
        at_most=180,
        default=30,
        source="DESIGN §6 (Visits)",
        set_by=OFFICERS,
    ),
    RuleKey.PROBLEM_LINK_DAYS: RuleDefinition(
        "群众专属链接的有效期",
        "how long a resident's private link stays valid",
        RuleUnit.DAYS,
        at_least=30,
        at_most=730,
        default=365,
        source="DESIGN §6 (Problems)",
        set_by=ADMINISTRATOR,
        is_for_whole_jurisdiction=True,
    ),
    RuleKey.CORRECTION_DECIDE_WORKDAYS: RuleDefinition(
        "个人信息更正申请的答复期限",
        "within how many working days a correction request is decided",
        RuleUnit.WORKDAYS,
        at_least=1,
        at_most=60,
        default=15,
        source="个人信息保护法 46、50（及时）· PIPL 46, 50 (in time)",
        set_by=ADMINISTRATOR,
    ),
}
