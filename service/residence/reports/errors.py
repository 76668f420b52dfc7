"""Errors of residence reports."""

from service.foundation.errors import DomainError, Kind


class ResidenceReportNotFound(DomainError):
    """There is no such residence report, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "residence_report.not_found"
    zh = "没有找到这份报到，或者您没有查看的权限。请返回列表核对。"


class NotPossible(DomainError):
    """The residence report is {state}, so "{verb}" is not possible. Possible now: {possible}."""

    kind, code = Kind.CONFLICT, "residence_report.not_possible"
    zh = "报到目前是“{state}”，不能“{verb}”。现在可以：{possible}。"


class ReportOver(NotPossible):
    """The residence report is {state}, so "{verb}" is no longer possible. Ask the member to report again."""

    code = "residence_report.over"
    zh = "报到已是“{state}”，不能再“{verb}”。请本人重新报到。"


class AlreadyReported(DomainError):
    """You already have a submitted or confirmed report. If you have moved, end it, then report again."""

    kind, code, constraint = Kind.CONFLICT, "residence_report.already_reported", "uq_residence_report_live"
    zh = "您已有一份待确认或已确认的报到。如已迁居，请先终止原报到，再重新报到。"


class NotAPartyOrganisation(DomainError):
    """A unit receives no residence reports. Report to the Party organisation of your community or village."""

    kind, code = Kind.INVALID, "residence_report.not_a_party_organisation"
    zh = "报到对象应是居住地社区（村）的党组织，不能是单位。请另选。"


class NotACommunity(DomainError):
    """This Party organisation is not of a community. Report to the one of your community or village."""

    kind, code = Kind.INVALID, "residence_report.not_a_community"
    zh = "这个党组织不是社区（村）的党组织。请向居住地社区（村）的党组织报到。"
