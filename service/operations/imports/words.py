"""The words files use for what has a word of its own here."""

from schemas.foundation.geo import Datum
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.tree.rules import KINDS as KINDS_OF_FAMILY

KINDS_ZH: dict[str, OrganisationKind] = {
    "地方党委": OrganisationKind.LOCAL_COMMITTEE,
    "县委": OrganisationKind.LOCAL_COMMITTEE,
    "党组": OrganisationKind.LEADING_GROUP,
    "工委": OrganisationKind.WORK_COMMITTEE,
    "党工委": OrganisationKind.WORK_COMMITTEE,
    "机关工委": OrganisationKind.WORK_COMMITTEE,
    "党委": OrganisationKind.PARTY_COMMITTEE,
    "机关党委": OrganisationKind.PARTY_COMMITTEE,
    "基层党委": OrganisationKind.PARTY_COMMITTEE,
    "党总支": OrganisationKind.GENERAL_BRANCH,
    "总支": OrganisationKind.GENERAL_BRANCH,
    "党支部": OrganisationKind.BRANCH,
    "支部": OrganisationKind.BRANCH,
    "联合党支部": OrganisationKind.BRANCH,
    "党小组": OrganisationKind.PARTY_GROUP,
    "机关": OrganisationKind.ORGAN,
    "事业单位": OrganisationKind.INSTITUTION,
    "企业": OrganisationKind.ENTERPRISE,
    "社会组织": OrganisationKind.SOCIAL_ORGANISATION,
    "居委会": OrganisationKind.RESIDENTS_COMMITTEE,
    "居民委员会": OrganisationKind.RESIDENTS_COMMITTEE,
    "社区居委会": OrganisationKind.RESIDENTS_COMMITTEE,
    "村委会": OrganisationKind.VILLAGERS_COMMITTEE,
    "村民委员会": OrganisationKind.VILLAGERS_COMMITTEE,
}
KINDS: dict[str, str] = {**{kind.value: kind for kind in OrganisationKind}, **KINDS_ZH}
KNOWN_KINDS_ZH = "地方党委、党组、工委、党委、党总支、党支部、党小组、机关、事业单位、企业、社会组织、居委会、村委会"
KNOWN_KINDS = f"{KNOWN_KINDS_ZH} / {', '.join(OrganisationKind)}"
FAMILIES: dict[str, str] = {
    "party": Family.PARTY,
    "unit": Family.UNIT,
    "党组织": Family.PARTY,
    "条": Family.PARTY,
    "单位": Family.UNIT,
    "块": Family.UNIT,
}
KNOWN_FAMILIES = "党组织、单位 / party, unit"


def family_of(kind: OrganisationKind) -> Family:
    """The tree a kind of organisation stands in."""
    return next(family for family, kinds in KINDS_OF_FAMILY.items() if kind in kinds)


ROLES_ZH: dict[str, Role] = {
    "党员": Role.MEMBER,
    "干部": Role.CADRE,
    "工作人员": Role.CADRE,
    "领导": Role.LEADER,
    "领导干部": Role.LEADER,
    "联络员": Role.DELEGATE,
    "书记": Role.BRANCH_SECRETARY,
    "党支部书记": Role.BRANCH_SECRETARY,
    "支部书记": Role.BRANCH_SECRETARY,
    "机关党委干部": Role.ORGAN_COMMITTEE_OFFICER,
    "党务干部": Role.ORGAN_COMMITTEE_OFFICER,
    "工委干部": Role.WORK_COMMITTEE_OFFICER,
    "社区书记": Role.COMMUNITY_SECRETARY,
    "村书记": Role.COMMUNITY_SECRETARY,
    "社区工作者": Role.COMMUNITY_WORKER,
    "村干部": Role.COMMUNITY_WORKER,
    "承办人": Role.HANDLER,
}
ROLES: dict[str, str] = {
    **{role.value: role for role in Role},
    **{role.zh: role for role in Role},
    **ROLES_ZH,
}
KNOWN_ROLES = "、".join(role.zh for role in Role) + " / " + ", ".join(Role)

DATUMS: dict[str, str] = {
    **{datum.value: datum for datum in Datum},
    "wgs-84": Datum.WGS84,
    "cgcs2000": Datum.WGS84,  # decimetres apart at most (DESIGN §4)
    "国家2000": Datum.WGS84,
    "gcj-02": Datum.GCJ02,
    "高德": Datum.GCJ02,
    "腾讯": Datum.GCJ02,
    "火星坐标": Datum.GCJ02,
    "bd-09": Datum.BD09,
    "百度": Datum.BD09,
}
KNOWN_DATUMS = "WGS84、CGCS2000、GCJ02（高德、腾讯）、BD09（百度）"
