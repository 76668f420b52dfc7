"""Failures of problems."""

from service.foundation.errors import DomainError, Kind


class ProblemNotFound(DomainError):
    """There is no such problem, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "problem.not_found"
    zh = "没有找到问题 {problem_id}。"
    en = "There is no problem {problem_id}."


class NotPossible(DomainError):
    """The table of transitions does not have this move."""

    kind, code = Kind.CONFLICT, "problem.not_possible"
    zh = "问题目前是“{state}”，不能“{verb}”。现在可以：{possible}。"
    en = "The problem is {state} and cannot {verb}. Possible now: {possible}."


class CategoryUnknown(DomainError):
    """A problem or route names a category that was not set up."""

    kind, code = Kind.INVALID, "problem.category_unknown"
    zh = "没有问题类别 {category_code}。"
    en = "There is no category {category_code} of problems."


class ReasonMissing(DomainError):
    """A no without a reason cannot be worked on."""

    kind, code = Kind.INVALID, "problem.reason_missing"
    zh = "不满意时请写明原因，方便重新办理。"
    en = "Say why the person is not satisfied, so that it can be redone."


class ContactMissing(DomainError):
    """Nobody left a contact with this problem."""

    kind, code = Kind.NOT_FOUND, "problem.contact_missing"
    zh = "这个问题没有留下联系方式。"
    en = "No contact was left with this problem."


class LinkUnknown(DomainError):
    """The private link was never ours, or its time is over; both look the same."""

    kind, code = Kind.NOT_FOUND, "problem.link_unknown"
    zh = "链接无效或已过期。"
    en = "The link is not valid or has expired."


class TooManyTries(DomainError):
    """Somebody tries out links."""

    kind, code = Kind.TOO_MANY, "request.too_many"
    zh = "请求过于频繁，请稍后再试。"
    en = "Too many requests. Try again later."


class DivisionOfRouteUnknown(DomainError):
    """A route names a division that was not imported."""

    kind, code, constraint = Kind.INVALID, "problem_route.division_unknown", "fk_problem_route_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"
    en = "The division code is not known. Import the divisions first, or check the code."


class AccusationOfRoot(DomainError):
    """Everybody here stands below the accused: nobody in this deployment may handle it."""

    kind, code = Kind.INVALID, "problem.accusation_of_root"
    zh = "被检举的是本辖区最高一级组织，本系统内无人可以办理。请向上级纪检监察机关反映。"
    en = "The accused is at the top of this jurisdiction, so nobody here may handle it. Turn to the discipline inspection one level up."  # noqa: E501 - one sentence


class DispatchToAccused(DomainError):
    """An accusation went to the accused, to a body below, or to the place's own organisation."""

    kind, code = Kind.INVALID, "problem.dispatch_to_accused"
    zh = "检举不能交给被检举的组织、其下级或走访点所属组织。请派给其上级或旁系的纪检、督办机构。"
    en = "An accusation cannot go to the accused, to a body below it or to the place's own organisation. Dispatch it to a discipline or supervising body above or beside."  # noqa: E501 - one sentence


class ContactNoLongerShown(DomainError):
    """The problem is closed: there is nothing left to call about."""

    kind, code = Kind.CONFLICT, "problem.contact_no_longer_shown"
    zh = "问题已办结，不再显示联系方式。"
    en = "The problem is closed; its contact is shown no more."


class PhoneUnreadable(DomainError):
    """What was to be looked up is no phone number."""

    kind, code = Kind.INVALID, "problem.phone_unreadable"
    zh = "无法识别为电话号码。请填写完整号码，座机请带区号，例如 025-83612345。"
    en = "That is no phone number. Give it in full, a landline with its area code, such as 025-83612345."
