"""The spellings that files use for kinds, families, roles and datums."""

from schemas.foundation.geo import Datum
from schemas.foundation.labels import Labelled
from schemas.identity.organisations import Family, OrganisationKind, Role
from service.identity.tree.rules import KINDS as KINDS_OF_FAMILY

OTHER_KINDS_ZH: dict[str, OrganisationKind] = {
    "县委": OrganisationKind.LOCAL_COMMITTEE,
    "党工委": OrganisationKind.WORK_COMMITTEE,
    "机关工委": OrganisationKind.WORK_COMMITTEE,
    "机关党委": OrganisationKind.PARTY_COMMITTEE,
    "基层党委": OrganisationKind.PARTY_COMMITTEE,
    "总支": OrganisationKind.GENERAL_BRANCH,
    "支部": OrganisationKind.BRANCH,
    "联合党支部": OrganisationKind.BRANCH,
    "居民委员会": OrganisationKind.RESIDENTS_COMMITTEE,
    "社区居委会": OrganisationKind.RESIDENTS_COMMITTEE,
    "村民委员会": OrganisationKind.VILLAGERS_COMMITTEE,
}
KINDS: dict[str, str] = {
    **{kind.value: kind for kind in OrganisationKind},
    **{kind.zh: kind for kind in OrganisationKind},
    **OTHER_KINDS_ZH,
}
FAMILIES: dict[str, str] = {
    Family.PARTY.value: Family.PARTY,
    Family.UNIT.value: Family.UNIT,
    Family.PARTY.zh: Family.PARTY,
    "条": Family.PARTY,
    Family.UNIT.zh: Family.UNIT,
    "块": Family.UNIT,
}


def family_of(kind: OrganisationKind) -> Family:
    """The family of a kind of organisation."""
    return next(family for family, kinds in KINDS_OF_FAMILY.items() if kind in kinds)


OTHER_ROLES_ZH: dict[str, Role] = {
    "工作人员": Role.CADRE,
    "领导": Role.LEADER,
    "联络员": Role.DELEGATE,
    "书记": Role.BRANCH_SECRETARY,
    "党支部书记": Role.BRANCH_SECRETARY,
    "党务干部": Role.ORGAN_COMMITTEE_OFFICER,
    "工委干部": Role.WORK_COMMITTEE_OFFICER,
    "社区书记": Role.COMMUNITY_SECRETARY,
    "村书记": Role.COMMUNITY_SECRETARY,
    "社区工作者": Role.COMMUNITY_WORKER,
    "村干部": Role.COMMUNITY_WORKER,
}
ROLES: dict[str, str] = {
    **{role.value: role for role in Role},
    **{role.zh: role for role in Role},
    **OTHER_ROLES_ZH,
}

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
ACCEPTED_DATUMS = [
    Labelled("wgs84 (CGCS2000)", "WGS84（国家2000）"),
    Labelled("gcj02", "GCJ02（高德、腾讯）"),
    Labelled("bd09", "BD09（百度）"),
]
