"""What an organisation may set: meaning, unit, limits, default and its source, who sets it and where. One table.

`grassroots rules` prints it. Whoever reads a figure names its key; a key that nothing reads has no place here, nor has
one of the negative list (DESIGN §2.1). Quotas default to none (DOMAIN §4.5 rule 6).
"""

from dataclasses import dataclass

from schemas.identity.local_rules import RuleDescribed, RuleKey, RuleUnit
from schemas.identity.organisations import Role

ADMINISTRATOR = frozenset({Role.SYSTEM_ADMINISTRATOR})
OFFICERS = frozenset({Role.ORGAN_COMMITTEE_OFFICER, Role.WORK_COMMITTEE_OFFICER})


@dataclass(frozen=True)
class Described:
    """One figure. `default` None: nothing is asked unless somebody sets it."""

    zh: str
    en: str
    unit: RuleUnit
    at_least: int
    at_most: int
    default: int | None
    source: str
    """Where the default comes from: a law, or a section of the domain's notes."""
    set_by: frozenset[Role]
    is_for_whole_jurisdiction: bool = False
    """Set at the root of a tree only, so that it is the same for everybody it concerns."""

    def shown(self, key: RuleKey) -> RuleDescribed:
        """As the API tells it."""
        return RuleDescribed(
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


CATALOGUE: dict[RuleKey, Described] = {
    RuleKey.VISIT_FORGOTTEN_AFTER_H: Described(
        "签到后多久未登记离开即按“忘记签退”结束，无其他后果",
        "after how long an open visit is closed as forgotten, without any other consequence",
        RuleUnit.HOURS,
        at_least=1,
        at_most=24 * 31,
        default=24,
        source="DESIGN §6 (Visits), DOMAIN §4.5-1",
        set_by=OFFICERS,
    ),
    RuleKey.VISIT_RECORD_OPEN_DAYS: Described(
        "走访结束后多少天内可直接补充记录，之后申请更正",
        "for how long after its end a visit's record is completed freely; later a correction is requested",
        RuleUnit.DAYS,
        at_least=1,
        at_most=90,
        default=10,
        source="DESIGN §2.7, DOMAIN §4.5-10",
        set_by=OFFICERS,
    ),
    RuleKey.VISIT_DECLINE_WITHIN_DAYS: Described(
        "被列为同行人后多少天内可声明未同行",
        "for how long somebody named as a companion may say that it was not so",
        RuleUnit.DAYS,
        at_least=1,
        at_most=90,
        default=10,
        source="DESIGN §6 (Visits)",
        set_by=OFFICERS,
    ),
    RuleKey.CONTACT_POINT_EXPECTED_VISITS_A_YEAR: Described(
        "领导每年到联系点的预期次数，仅提示本人，不作考核指标",
        "how often a year a leader is expected at the contact point; told to the leader alone, never an indicator",
        RuleUnit.VISITS_A_YEAR,
        at_least=0,
        at_most=52,
        default=None,
        source="DOMAIN §4.1, §4.5-6 (各地自定，默认无)",
        set_by=OFFICERS,
    ),
    RuleKey.CONTACT_POINT_OPINION_DAYS: Described(
        "联系任期届满前多少天起可填写走访点意见",
        "from how many days before the end of a contact's term on the place may give its opinion",
        RuleUnit.DAYS,
        at_least=1,
        at_most=180,
        default=30,
        source="DESIGN §6 (Visits)",
        set_by=OFFICERS,
    ),
    RuleKey.PROBLEM_LINK_DAYS: Described(
        "群众专属链接的有效期",
        "for how long a resident's private link opens the page",
        RuleUnit.DAYS,
        at_least=30,
        at_most=730,
        default=365,
        source="DESIGN §6 (Problems)",
        set_by=ADMINISTRATOR,
        is_for_whole_jurisdiction=True,
    ),
    RuleKey.CORRECTION_DECIDE_WORKDAYS: Described(
        "个人信息更正申请的答复期限",
        "within how many working days a request for correction is decided",
        RuleUnit.WORKDAYS,
        at_least=1,
        at_most=60,
        default=15,
        source="个人信息保护法 46、50（及时）· PIPL 46, 50 (in time)",
        set_by=ADMINISTRATOR,
    ),
}
