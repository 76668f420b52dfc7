"""Errors of problems."""

from service.foundation.errors import DomainError, Kind


class ProblemNotFound(DomainError):
    """There is no such problem, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "problem.not_found"
    zh = "没有找到这个问题，或者您没有查看的权限。请返回列表核对。"


class MoveNotPossible(DomainError):
    """The problem is {state} and cannot {verb}. Possible now: {possible}."""

    kind, code = Kind.CONFLICT, "problem.not_possible"
    zh = "问题目前是“{state}”，不能“{verb}”。现在可以：{possible}。"


class ProblemOver(MoveNotPossible):
    """The problem is {state}, so it cannot {verb} any more. For anything new, raise another problem."""

    code = "problem.over"
    zh = "问题已是“{state}”，不能再“{verb}”。如有新的情况，请另提一个问题。"


class CategoryUnknown(DomainError):
    """There is no such category of problems. Choose one from the list of categories."""

    kind, code = Kind.INVALID, "problem.category_unknown"
    zh = "没有这个问题类别。请从问题类别列表中选择。"


class ReasonMissing(DomainError):
    """The rating "not satisfied" needs a reason. Add it, so that the owner knows what to redo."""

    kind, code = Kind.INVALID, "problem.reason_missing"
    zh = "不满意时请写明原因，方便重新办理。"


class ContactMissing(DomainError):
    """No contact was left with this problem. Ask the colleague who recorded it."""

    kind, code = Kind.NOT_FOUND, "problem.contact_missing"
    zh = "这个问题没有留下联系方式。请通过记录问题的同志联系。"


class LinkUnknown(DomainError):
    """The link is not valid or has expired. Ask the official who recorded your problem."""

    kind, code = Kind.NOT_FOUND, "problem.link_unknown"
    zh = "链接无效或已过期。请联系为您登记问题的工作人员。"


class TooManyTries(DomainError):
    """Too many requests. Try again later."""

    kind, code = Kind.TOO_MANY, "request.too_many"
    zh = "请求过于频繁，请稍后再试。"


class DivisionOfRouteUnknown(DomainError):
    """The division code is not known. Import the divisions first, or check the code."""

    kind, code, constraint = Kind.INVALID, "problem_route.division_unknown", "fk_problem_route_division_code"
    zh = "区划代码不存在。请先导入区划，或核对代码。"


class AccusationOfRoot(DomainError):
    """The accused organisation is the highest of this jurisdiction, so nobody here may handle it.
    Report it to the discipline inspection one level up.
    """

    kind, code = Kind.INVALID, "problem.accusation_of_root"
    zh = "被检举的是本辖区最高一级组织，本系统内无人可以办理。请向上级纪检监察机关反映。"


class DispatchToAccused(DomainError):
    """An accusation cannot go to the accused organisation, one below it or that of the place.
    Dispatch it to a discipline or supervision body outside them.
    """

    kind, code = Kind.INVALID, "problem.dispatch_to_accused"
    zh = "检举不能交给被检举的组织、其下级或走访点所属组织。请派给其上级或旁系的纪检、督办机构。"


class ContactNoLongerShown(DomainError):
    """The problem is closed, so its contact is no longer shown. Ask the unit that handled it."""

    kind, code = Kind.CONFLICT, "problem.contact_no_longer_shown"
    zh = "问题已办结，不再显示联系方式。如需回访，请通过承办单位联系。"


class PhoneUnreadable(DomainError):
    """This is not a phone number. Enter it completely, a landline with area code: 025-83612345."""

    kind, code = Kind.INVALID, "problem.phone_unreadable"
    zh = "无法识别为电话号码。请填写完整号码，座机请带区号，例如 025-83612345。"
