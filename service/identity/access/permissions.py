"""Who may do what, and how far it reaches: the permissions, each spelled `noun:verb`, and who holds them.

`grassroots permissions` prints this as a table.
"""

from enum import IntEnum

from schemas.foundation.labels import LabelledEnum
from schemas.identity.auth import ClientPurpose
from schemas.identity.organisations import Role


class Permission(LabelledEnum):
    """One action that a role may allow; `ROLES` says which roles do and how far they reach."""

    ORGANISATION_READ = "organisation:read", "查看组织"
    ORGANISATION_WRITE = "organisation:write", "管理组织"
    ORGANISATION_ANOMALY_READ = "organisation_anomaly:read", "查看组织异常清单"
    ORGANISATION_LINK_READ = "organisation_link:read", "查看组织联系"
    ORGANISATION_LINK_WRITE = "organisation_link:write", "管理组织联系"
    POSTING_READ = "posting:read", "查看任职"
    POSTING_WRITE = "posting:write", "管理任职"
    DIVISION_READ = "division:read", "查看区划"
    PERSON_READ = "person:read", "查看人员信息"
    PERSON_WRITE = "person:write", "管理人员信息"
    CONSENT_READ = "consent:read", "查看同意书"
    CONSENT_WRITE = "consent:write", "给出或撤回同意"
    CORRECTION_READ = "correction_request:read", "查看个人信息更正申请"
    CORRECTION_WRITE = "correction_request:write", "提出个人信息更正申请"
    CORRECTION_DECIDE = "correction_request:decide", "决定个人信息更正申请"
    OWN_DATA_READ = "own_data:read", "导出本人信息"
    RETENTION_READ = "retention:read", "查看保存期限"
    PURGE_READ = "purge:read", "查看清除证明"
    LOCAL_RULE_READ = "local_rule:read", "查看本地规则"
    LOCAL_RULE_SET = "local_rule:set", "设定本地规则"
    PLACE_READ = "place:read", "查看走访点"
    PLACE_WRITE = "place:write", "管理走访点"
    COVERAGE_READ = "coverage:read", "查看走访覆盖情况"
    CONTACT_POINT_READ = "contact_point:read", "查看联系点"
    CONTACT_POINT_WRITE = "contact_point:write", "管理联系点"
    CONTACT_POINT_COMMENT = "contact_point:comment", "填写联系点意见"
    CONTACT_HOUSEHOLD_KEEP = "contact_household:keep", "登记联系户"
    PLACEMENT_READ = "placement:read", "查看锻炼安排"
    PLACEMENT_WRITE = "placement:write", "安排锻炼"
    PLACEMENT_REPORT = "placement:report", "提交锻炼报告"
    PLACEMENT_APPRAISE = "placement:appraise", "填写锻炼评价"
    PLACEMENT_SELECT = "placement:select", "制定选派计划"
    INSIGHT_READ = "insight:read", "查看民情"
    INSIGHT_WRITE = "insight:write", "记录民情"
    INSIGHT_ROUTE = "insight:route", "转办民情"
    INSIGHT_DECIDE = "insight:decide", "决定民情是否采纳"
    INSIGHT_DIGEST = "insight:digest", "查看民情汇总"
    PROMISE_READ = "promise:read", "查看承诺"
    PROMISE_WRITE = "promise:write", "登记承诺"
    PROMISE_KEEP = "promise:keep", "办结承诺"
    VISIT_READ = "visit:read", "查看走访"
    VISIT_WRITE = "visit:write", "登记走访"
    VISIT_WRITE_FOR_LEADER = "visit:write_for_leader", "代领导记录走访"
    VISIT_CORRECT = "visit:correct", "决定走访更正"
    VISIT_ACKNOWLEDGE = "visit:acknowledge", "代表走访点确认走访"
    VISIT_DECLINE = "visit:decline", "声明未同行"
    TRANSCRIPTION_ASK = "transcription:ask", "语音转文字"
    VISIT_PURPOSE_SET_UP = "visit_purpose:set_up", "设置走访目的"
    PROBLEM_READ = "problem:read", "查看问题"
    PROBLEM_WRITE = "problem:write", "提出问题"
    PROBLEM_DISPATCH = "problem:dispatch", "派单"
    PROBLEM_LOOK_UP = "problem:look_up", "按电话查找问题"
    PROBLEM_HANDLE = "problem:handle", "办理问题"
    PROBLEM_REVEAL = "problem:reveal", "查看群众联系方式"
    PROBLEM_SET_UP = "problem:set_up", "设置问题类别和派单规则"
    RESIDENCE_REPORT_READ = "residence_report:read", "查看报到"
    RESIDENCE_REPORT_WRITE = "residence_report:write", "提交报到"
    RESIDENCE_REPORT_DECIDE = "residence_report:decide", "确认或退回报到"
    ASSESSMENT_READ = "assessment:read", "查看考核周期"
    ASSESSMENT_WRITE = "assessment:write", "管理考核周期"
    DOSSIER_READ = "dossier:read", "查看考核材料"
    DOSSIER_RECEIVE = "dossier:receive", "接收考核材料"
    FEED_READ = "feed:read", "读取事件"
    INBOX_READ = "inbox:read", "查看待办"
    IMPORT_READ = "import:read", "查看导入"
    IMPORT_WRITE = "import:write", "导入文件"
    ENDPOINT_READ = "endpoint:read", "查看回调地址"
    ENDPOINT_WRITE = "endpoint:write", "管理回调地址"
    PASSWORD_CHANGE = "password:change", "修改密码"
    DEVICE_READ = "device:read", "查看登录设备"
    DEVICE_REVOKE = "device:revoke", "停用登录设备"
    SERVICE_CLIENT_READ = "service_client:read", "查看系统账号"
    SERVICE_CLIENT_WRITE = "service_client:write", "管理系统账号"


class Reach(IntEnum):
    """How far a permission goes from the organisation of the posting."""

    OWN = 1
    """Only the person's own records."""
    LEADER = 2
    """The records of the leader named in the posting, while that person is a leader there."""
    ORGANISATION = 3
    """What concerns the organisation itself."""
    SUBTREE = 4
    """What concerns the organisation and everything below it."""
    JURISDICTION = 5
    """Everything in this deployment."""


P = Permission

EVERYBODY: dict[P, Reach] = {
    P.PERSON_READ: Reach.OWN,
    P.CONSENT_READ: Reach.OWN,
    P.CONSENT_WRITE: Reach.OWN,
    P.CORRECTION_READ: Reach.OWN,
    P.CORRECTION_WRITE: Reach.OWN,
    P.OWN_DATA_READ: Reach.OWN,
    P.PASSWORD_CHANGE: Reach.OWN,
    P.DEVICE_READ: Reach.OWN,
    P.DEVICE_REVOKE: Reach.OWN,
    P.RETENTION_READ: Reach.JURISDICTION,
    P.LOCAL_RULE_READ: Reach.JURISDICTION,
    P.VISIT_READ: Reach.OWN,
    P.VISIT_DECLINE: Reach.OWN,
    P.PROBLEM_READ: Reach.OWN,
    P.RESIDENCE_REPORT_READ: Reach.OWN,
    P.RESIDENCE_REPORT_WRITE: Reach.OWN,
    P.DOSSIER_READ: Reach.OWN,
    P.ASSESSMENT_READ: Reach.JURISDICTION,
    P.CONTACT_POINT_READ: Reach.OWN,
    P.CONTACT_HOUSEHOLD_KEEP: Reach.OWN,
    P.PLACEMENT_READ: Reach.OWN,
    P.INSIGHT_READ: Reach.OWN,
    P.PROMISE_READ: Reach.OWN,
    P.PROMISE_KEEP: Reach.OWN,
    P.PLACEMENT_REPORT: Reach.OWN,
    P.FEED_READ: Reach.OWN,
    P.INBOX_READ: Reach.OWN,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.ORGANISATION_LINK_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.POSTING_READ: Reach.OWN,
}
"""Permissions of every signed-in person, with or without a posting."""

FIELDWORK: dict[P, Reach] = {
    P.VISIT_WRITE: Reach.OWN,
    P.TRANSCRIPTION_ASK: Reach.OWN,
    P.PROBLEM_WRITE: Reach.OWN,
    P.INSIGHT_WRITE: Reach.OWN,
    P.PROMISE_WRITE: Reach.OWN,
}
"""Permissions of a person who visits the grassroots: visits, and what comes up there."""

ORGAN_COMMITTEE: dict[P, Reach] = {
    **FIELDWORK,
    P.INSIGHT_READ: Reach.SUBTREE,
    P.INSIGHT_ROUTE: Reach.SUBTREE,
    P.INSIGHT_DECIDE: Reach.SUBTREE,
    P.INSIGHT_DIGEST: Reach.SUBTREE,
    P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
    P.PROMISE_READ: Reach.SUBTREE,
    P.VISIT_CORRECT: Reach.SUBTREE,
    P.VISIT_READ: Reach.SUBTREE,
    P.PROBLEM_READ: Reach.SUBTREE,
    P.ASSESSMENT_WRITE: Reach.SUBTREE,
    P.DOSSIER_READ: Reach.SUBTREE,
    P.CONTACT_POINT_READ: Reach.SUBTREE,
    P.CONTACT_POINT_WRITE: Reach.SUBTREE,
    P.PLACEMENT_READ: Reach.SUBTREE,
    P.PLACEMENT_WRITE: Reach.SUBTREE,
    P.PLACEMENT_APPRAISE: Reach.SUBTREE,
    P.PLACEMENT_SELECT: Reach.SUBTREE,
    P.LOCAL_RULE_SET: Reach.SUBTREE,
    P.PLACE_WRITE: Reach.SUBTREE,
    P.COVERAGE_READ: Reach.SUBTREE,
    P.POSTING_READ: Reach.SUBTREE,
    P.FEED_READ: Reach.SUBTREE,
}

ROLES: dict[Role, dict[P, Reach]] = {
    Role.MEMBER: {},
    Role.CADRE: FIELDWORK,
    Role.LEADER: FIELDWORK,
    Role.DELEGATE: {
        P.VISIT_READ: Reach.LEADER,
        P.VISIT_WRITE_FOR_LEADER: Reach.LEADER,
        P.TRANSCRIPTION_ASK: Reach.OWN,
    },
    Role.BRANCH_SECRETARY: {
        **FIELDWORK,
        P.PERSON_READ: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
    },
    Role.ORGAN_COMMITTEE_OFFICER: ORGAN_COMMITTEE,
    Role.WORK_COMMITTEE_OFFICER: {
        **FIELDWORK,
        P.INSIGHT_READ: Reach.SUBTREE,
        P.INSIGHT_ROUTE: Reach.SUBTREE,
        P.INSIGHT_DIGEST: Reach.SUBTREE,
        P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
        P.LOCAL_RULE_SET: Reach.SUBTREE,
        P.CONTACT_POINT_READ: Reach.SUBTREE,
        P.COVERAGE_READ: Reach.SUBTREE,
        P.VISIT_READ: Reach.SUBTREE,
        P.PROBLEM_READ: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.FEED_READ: Reach.SUBTREE,
    },
    Role.COMMUNITY_SECRETARY: {
        P.VISIT_READ: Reach.ORGANISATION,
        P.VISIT_ACKNOWLEDGE: Reach.ORGANISATION,
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_DECIDE: Reach.ORGANISATION,
        P.CONTACT_POINT_READ: Reach.ORGANISATION,
        P.CONTACT_POINT_COMMENT: Reach.ORGANISATION,
        P.PROMISE_READ: Reach.ORGANISATION,
        P.PLACEMENT_READ: Reach.ORGANISATION,
        P.PLACEMENT_APPRAISE: Reach.ORGANISATION,
        P.PLACE_WRITE: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
        P.ENDPOINT_READ: Reach.ORGANISATION,
        P.ENDPOINT_WRITE: Reach.ORGANISATION,
        P.SERVICE_CLIENT_READ: Reach.ORGANISATION,
        P.SERVICE_CLIENT_WRITE: Reach.ORGANISATION,
        P.POSTING_READ: Reach.ORGANISATION,
    },
    Role.COMMUNITY_WORKER: {
        P.PROBLEM_WRITE: Reach.OWN,
        P.VISIT_READ: Reach.ORGANISATION,
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
        P.FEED_READ: Reach.ORGANISATION,
    },
    Role.DISPATCHER: {
        P.PROBLEM_READ: Reach.SUBTREE,
        P.PROBLEM_DISPATCH: Reach.SUBTREE,
        P.PROBLEM_LOOK_UP: Reach.SUBTREE,
    },
    Role.HANDLER: {
        P.PROBLEM_READ: Reach.ORGANISATION,
        P.PROBLEM_HANDLE: Reach.ORGANISATION,
        P.PROBLEM_REVEAL: Reach.ORGANISATION,
    },
    Role.SUPERVISOR: {P.PROBLEM_READ: Reach.SUBTREE, P.FEED_READ: Reach.SUBTREE},
    Role.PERSONNEL_ORGAN: {P.DOSSIER_RECEIVE: Reach.ORGANISATION, P.FEED_READ: Reach.ORGANISATION},
    Role.SYSTEM_ADMINISTRATOR: {
        P.ORGANISATION_WRITE: Reach.SUBTREE,
        P.ORGANISATION_ANOMALY_READ: Reach.SUBTREE,
        P.ORGANISATION_LINK_WRITE: Reach.SUBTREE,
        P.POSTING_READ: Reach.SUBTREE,
        P.POSTING_WRITE: Reach.SUBTREE,
        P.PROBLEM_SET_UP: Reach.SUBTREE,
        P.VISIT_PURPOSE_SET_UP: Reach.SUBTREE,
        P.LOCAL_RULE_SET: Reach.SUBTREE,
        P.PERSON_READ: Reach.SUBTREE,
        P.PERSON_WRITE: Reach.SUBTREE,
        P.DEVICE_REVOKE: Reach.SUBTREE,
        P.CORRECTION_READ: Reach.SUBTREE,
        P.CORRECTION_DECIDE: Reach.SUBTREE,
        P.PLACE_WRITE: Reach.SUBTREE,
        P.IMPORT_READ: Reach.SUBTREE,
        P.IMPORT_WRITE: Reach.SUBTREE,
        P.ENDPOINT_READ: Reach.SUBTREE,
        P.SERVICE_CLIENT_READ: Reach.SUBTREE,
        P.SERVICE_CLIENT_WRITE: Reach.SUBTREE,
    },
    Role.SECURITY_ADMINISTRATOR: {
        P.POSTING_READ: Reach.SUBTREE,
        P.POSTING_WRITE: Reach.SUBTREE,
        P.PURGE_READ: Reach.SUBTREE,
    },
    Role.AUDIT_ADMINISTRATOR: {P.PURGE_READ: Reach.SUBTREE},  # reads the access log only under a separate database role
}

EVERY_CLIENT: dict[P, Reach] = {
    P.FEED_READ: Reach.ORGANISATION,
    P.INBOX_READ: Reach.ORGANISATION,
    P.VISIT_READ: Reach.ORGANISATION,
    P.PROBLEM_READ: Reach.ORGANISATION,
    P.RESIDENCE_REPORT_READ: Reach.ORGANISATION,
    P.PLACE_READ: Reach.JURISDICTION,
    P.ORGANISATION_READ: Reach.JURISDICTION,
    P.DIVISION_READ: Reach.JURISDICTION,
    P.RETENTION_READ: Reach.JURISDICTION,
    P.LOCAL_RULE_READ: Reach.JURISDICTION,
    P.ENDPOINT_READ: Reach.ORGANISATION,
}
"""Permissions of every service client, in the organisation for which it acts."""

CLIENT_PERMISSIONS: dict[ClientPurpose, dict[P, Reach]] = {
    ClientPurpose.COMMUNITY_RECEIVER: {},
    ClientPurpose.ASSESSMENT_SYSTEM: {P.DOSSIER_RECEIVE: Reach.ORGANISATION},
}
"""Additional permissions of the service clients of each purpose, in their own organisation only."""


def purposes_with(permission: P) -> list[str]:
    """The purposes of service clients that hold the permission in addition to those of every client."""
    return [purpose.value for purpose, permissions in CLIENT_PERMISSIONS.items() if permission in permissions]


def roles_with(permission: P, *reaches: Reach) -> list[str]:
    """The roles that hold the permission with one of the reaches; without a reach, with any."""
    return [
        role.value
        for role, grants in ROLES.items()
        if permission in grants and (not reaches or grants[permission] in reaches)
    ]
