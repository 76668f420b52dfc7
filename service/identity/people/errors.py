"""Domain errors of people."""

from service.foundation.errors import DomainError, Kind


class PersonNotFound(DomainError):
    """There is no such person, or you may not see the person. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "person.not_found"
    zh = "没有找到这位人员，或者您没有查看的权限。请返回列表核对。"


class OwnSignInProtected(DomainError):
    """Account administrators cannot change their own sign-in. Change your password with the old one.
    For the rest, ask another administrator.
    """

    kind, code = Kind.FORBIDDEN, "person.own_sign_in_protected"
    zh = "不能以管理员身份改动本人的登录方式。请用原密码自行修改密码，其他事项请由另一位管理员办理。"


class SignInProtected(DomainError):
    """The person is or will be a security or audit administrator, so a system administrator cannot
    change the sign-in. Ask the operator of the server to run grassroots people set-password or
    reset-second-factor.
    """

    kind, code = Kind.FORBIDDEN, "person.sign_in_protected"
    zh = (
        "此人是（或即将是）安全管理员或审计管理员，其登录方式不由系统管理员改动（三员分立）。"
        "请由运维人员用命令 grassroots people set-password 或 reset-second-factor 办理。"
    )


class StaffNumberTaken(DomainError):
    """Another person has this staff number. Check the number."""

    kind, code, constraint = Kind.CONFLICT, "person.staff_number_taken", "uq_person_staff_number"
    zh = "这个工号已用于另一人，请核对。"


class NoticeNotCurrent(DomainError):
    """The notice {version} is not the current one ({current_version}). Read the current notice, then
    consent to it.
    """

    kind, code = Kind.INVALID, "consent.notice_not_current"
    zh = "告知书版本“{version}”不是现行版本（{current_version}）。请先阅读现行告知书，再表示同意。"


class CorrectionNotFound(DomainError):
    """There is no such request for correction, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "correction_request.not_found"
    zh = "没有找到这份更正申请，或者您没有查看的权限。请返回列表核对。"


class CorrectionAlreadyDecided(DomainError):
    """The request was decided at {decided_at} and cannot be changed. The person may submit a new request."""

    kind, code = Kind.CONFLICT, "correction_request.already_decided"
    zh = "更正申请已于 {decided_at} 作出决定，不能再改。如仍有异议，请本人重新提出申请。"
