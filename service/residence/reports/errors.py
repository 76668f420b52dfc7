"""Failures of residence reports."""

from service.foundation.errors import DomainError, Kind


class ResidenceReportNotFound(DomainError):
    """There is no residence report {report_id}."""

    kind, code = Kind.NOT_FOUND, "residence_report.not_found"
    zh = "没有找到报到 {report_id}。"


class NotPossible(DomainError):
    """The residence report is {state} and cannot {verb}. Possible now: {possible}."""

    kind, code = Kind.CONFLICT, "residence_report.not_possible"
    zh = "报到目前是“{state}”，不能“{verb}”。现在可以：{possible}。"


class AlreadyReported(DomainError):
    """You have a residence report that waits or is confirmed. If you have moved, end it, then report again."""

    kind, code, constraint = Kind.CONFLICT, "residence_report.already_reported", "uq_residence_report_live"
    zh = "您已有一份待确认或已确认的报到。如已迁居，请先终止原报到，再重新报到。"


class NotAPartyOrganisation(DomainError):
    """Report to the Party organisation of the community where you live, not to a unit."""

    kind, code = Kind.INVALID, "residence_report.not_a_party_organisation"
    zh = "报到对象应是居住地社区（村）的党组织，不能是单位。"


class NotACommunity(DomainError):
    """This Party organisation is no community's. Report to that of the community or village where you live."""

    kind, code = Kind.INVALID, "residence_report.not_a_community"
    zh = "这个党组织不是社区（村）的党组织。请向居住地社区（村）的党组织报到。"
