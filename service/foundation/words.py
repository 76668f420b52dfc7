"""What machine words are called in a Chinese sentence: one table. Facts stay as they are; only the sentence is spoken.

`SPOKEN` says which words a fact of a failure is made of. The words are plain strings, because this layer knows no
domain; a test holds them against the enums they come from.
"""

from collections.abc import Mapping

from service.foundation.words_of_rights import PERMISSIONS

KINDS = {
    "local_committee": "地方党委",
    "leading_group": "党组",
    "work_committee": "工委",
    "party_committee": "党委",
    "general_branch": "党总支",
    "branch": "党支部",
    "party_group": "党小组",
    "organ": "机关",
    "institution": "事业单位",
    "enterprise": "企业",
    "social_organisation": "社会组织",
    "residents_committee": "居委会",
    "villagers_committee": "村委会",
}
ROLES = {
    "member": "党员",
    "cadre": "干部",
    "leader": "领导干部",
    "delegate": "领导的联络员",
    "branch_secretary": "支部书记",
    "organ_committee_officer": "机关党委干部",
    "officer": "机关党务干部（旧称）",
    "work_committee_officer": "机关工委干部",
    "community_secretary": "社区（村）书记",
    "community_worker": "社区（村）工作者",
    "dispatcher": "派单台",
    "handler": "承办人",
    "supervisor": "督办",
    "personnel_organ": "干部人事部门",
    "system_administrator": "系统管理员",
    "security_administrator": "安全管理员",
    "audit_administrator": "审计管理员",
}
LINKS = {
    "guides": "业务指导",
    "manages": "属地管理、代管",
    "exchanges": "横向联系",
    "belongs_to": "党组织所属单位",
}
LEVELS = {"province": "省级", "prefecture": "地级", "county": "县级", "township": "乡级", "village": "村级"}
PROBLEM_STATES = {
    "raised": "已提出",
    "dispatched": "已派单",
    "accepted": "办理中",
    "answered": "已答复",
    "reopened": "重新办理",
    "confirmed": "群众满意",
    "closed": "已办结",
}
PROBLEM_VERBS = {
    "dispatch": "派单",
    "accept": "受理",
    "answer": "答复",
    "satisfied": "评价满意",
    "not_satisfied": "评价不满意",
    "close": "办结",
}
REPORT_STATES = {"submitted": "待确认", "confirmed": "已确认", "returned": "已退回", "ended": "已结束"}
REPORT_VERBS = {"confirm": "确认", "return": "退回", "end": "结束"}
PROMISE_STATES = {"open": "办理中", "kept": "已兑现", "explained": "已说明未兑现的原因"}
PLAN_STATES = {"planned": "待走访", "kept": "已走访", "cancelled": "已取消"}
CORRECTION_STATES = {"requested": "待决定", "accepted": "已采纳", "refused": "未采纳"}
PROPOSAL_STATES = {"proposed": "待决定", "accepted": "已采纳", "refused": "未采纳"}
IMPORT_STATES = {
    "awaiting_file": "等待上传文件",
    "uploaded": "已上传，正在核对",
    "checked": "已核对，等待确认",
    "refused": "文件未被接受",
    "confirmed": "已确认，正在导入",
    "applied": "已导入",
    "discarded": "已放弃",
}
PLACES = {
    "community": "社区",
    "village": "村",
    "enterprise": "企业",
    "school": "学校",
    "social_organisation": "社会组织",
    "grid": "网格",
    "other": "其他",
}
UNITS = {"hours": "小时", "days": "天", "workdays": "个工作日", "visits_a_year": "次/年"}
LOCAL_RULES = {
    "visit.forgotten_after_h": "签到后按“忘记签退”结束的时限",
    "visit.record_open_days": "走访记录可直接补充的期限",
    "visit.decline_within_days": "同行人声明未同行的期限",
    "contact_point.expected_visits_a_year": "领导每年到联系点的预期次数",
    "contact_point.opinion_days": "联系任期届满前可填写意见的期限",
    "problem.link_days": "群众专属链接的有效期",
    "correction_request.decide_workdays": "个人信息更正申请的答复期限",
}
DATUMS = {"wgs84": "WGS84", "gcj02": "GCJ02", "bd09": "BD09"}
PASSWORD_FLAWS = {"same": "与旧密码相同", "holds_login": "包含登录名", "common": "过于常见或字符过少"}
AREA_FLAWS = {
    "first and last corner differ": "首尾两点不同",
    "it lies at a pole": "位于极区",
    "Self-intersection": "边线自相交",
    "Ring Self-intersection": "边线与自身相接",
    "Too few points in geometry component": "不同的点太少",
    "Invalid Coordinate": "坐标无效",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "边线重复",
    "Repeated Point": "点重复",
}
"""PostGIS names what is wrong and, in brackets, where."""
HANGING = {
    "assessment_cycle.organisation_id": "未定格的考核周期",
    "assessment_cycle.receiver_id": "将由其接收材料的考核周期",
    "contact_point.organisation_id": "未结束的联系点",
    "organisation.parent_id": "下级组织",
    "organisation_link.from_id": "由其发出的组织联系",
    "organisation_link.to_id": "指向其的组织联系",
    "place.organisation_id": "走访点",
    "placement.sending_id": "派出的锻炼",
    "placement.host_id": "接收的锻炼",
    "posting.organisation_id": "未结束的任职",
    "problem.owner_id": "未办结的问题",
    "problem_route.organisation_id": "派单规则",
    "promise.organisation_id": "未兑现的承诺",
    "residence_report.organisation_id": "未确认的报到",
    "visit.organisation_id": "进行中的走访",
    "visit_plan.organisation_id": "走访计划",
}
SPOKEN: dict[str, dict[str, Mapping[str, str]]] = {
    "access.not_permitted": {"permission": PERMISSIONS},
    "organisation.parent_does_not_fit": dict.fromkeys(("kind", "parent_kind", "fits_below", "fits_under"), KINDS),
    "organisation.approval_missing": dict.fromkeys(("kind", "parent_kind"), KINDS),
    "organisation.kind_of_other_family": {"kind": KINDS},
    "organisation.children_do_not_fit": dict.fromkeys(("kind", "kinds"), KINDS),
    "organisation.roles_do_not_fit": {"kind": KINDS, "roles": ROLES},
    "organisation.still_hanging": {"hanging": HANGING},
    "organisation_link.does_not_fit": {"kind": LINKS, "from_kind": KINDS, "to_kind": KINDS, "fits": KINDS},
    "organisation_link.against_tree": {"kind": LINKS},
    "posting.role_does_not_fit": {"role": ROLES, "kind": KINDS},
    "posting.role_not_given": {"role": ROLES},
    "auth.password_unfit": {"reason": PASSWORD_FLAWS},
    "position.outside_datum": {"datum": DATUMS},
    "fence.area_unusable": {"reason": AREA_FLAWS},
    "fence_proposal.decided": {"state": PROPOSAL_STATES},
    "problem.not_possible": {"state": PROBLEM_STATES, "verb": PROBLEM_VERBS, "possible": PROBLEM_VERBS},
    "residence_report.not_possible": {"state": REPORT_STATES, "verb": REPORT_VERBS, "possible": REPORT_VERBS},
    "promise.over": {"state": PROMISE_STATES},
    "visit_plan.over": {"state": PLAN_STATES},
    "visit_correction.decided": {"state": CORRECTION_STATES},
    "import.not_possible": {"state": IMPORT_STATES},
    "import.parent_unusual": dict.fromkeys(("kind", "parent_kind"), KINDS),
    "import.family_differs": {"kind": KINDS},
    "import.kind_changed": {"recorded": KINDS},
    "import.place_is_other": {"recorded": PLACES},
    "local_rule.out_of_range": {"key": LOCAL_RULES, "unit": UNITS},
    "local_rule.for_whole_jurisdiction": {"key": LOCAL_RULES},
    "division.level_differs": dict.fromkeys(("expected", "level"), LEVELS),
}
"""code of a failure → its facts that are words → what each is called."""
