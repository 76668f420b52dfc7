"""Failures of people."""

from service.foundation.errors import DomainError, Kind


class PersonNotFound(DomainError):
    """There is no person {person_id}."""

    kind, code = Kind.NOT_FOUND, "person.not_found"
    zh = "没有找到人员 {person_id}。"


class NotForOneself(DomainError):
    """Administrators do not change their own ways in. Change your password with the old one (POST
    /v1/me/password-changes); ask another administrator for the rest.
    """

    kind, code = Kind.FORBIDDEN, "person.not_for_oneself"
    zh = (
        "不能以管理员身份改动本人的登录方式。"
        "请用原密码自行修改密码（POST /v1/me/password-changes），其他事项请由另一位管理员办理。"
    )


class WaysInKeptApart(DomainError):
    """The person is, or will be, security or audit administrator, whose ways in no system administrator changes.
    Whoever runs the server does: grassroots people set-password, or reset-second-factor.
    """

    kind, code = Kind.FORBIDDEN, "person.ways_in_kept_apart"
    zh = (
        "此人是（或即将是）安全管理员或审计管理员，其登录方式不由系统管理员改动（三员分立）。"
        "请由运维人员用命令 grassroots people set-password 或 reset-second-factor 办理。"
    )


class StaffNumberTaken(DomainError):
    """Another person has this staff number. Check it."""

    kind, code, constraint = Kind.CONFLICT, "person.staff_number_taken", "uq_person_staff_number"
    zh = "这个工号已用于另一人，请核对。"


class NoticeNotCurrent(DomainError):
    """The notice {version} is not the one in force ({current_version}). Read that one, then consent to it."""

    kind, code = Kind.INVALID, "consent.notice_not_current"
    zh = "告知书版本“{version}”不是现行版本（{current_version}）。请先阅读现行告知书，再表示同意。"


class CorrectionNotFound(DomainError):
    """There is no request for correction {request_id}."""

    kind, code = Kind.NOT_FOUND, "correction_request.not_found"
    zh = "没有找到更正申请 {request_id}。"


class CorrectionAlreadyDecided(DomainError):
    """The request was decided on {decided_at} and stays so. The person may make a new one."""

    kind, code = Kind.CONFLICT, "correction_request.already_decided"
    zh = "更正申请已于 {decided_at} 作出决定，不能再改。如仍有异议，请本人重新提出申请。"
