"""Errors of insights."""

from service.foundation.errors import DomainError, Kind


class InsightNotFound(DomainError):
    """There is no such insight, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "insight.not_found"
    zh = "没有找到这条民情，或者您没有查看的权限。请返回列表核对。"


class NotRouted(DomainError):
    """This insight is not routed to a deciding unit yet. Route it first."""

    kind, code = Kind.CONFLICT, "insight.not_routed"
    zh = "这条民情还没有转送决策单位，不能答复。请先转送。"


class AlreadyDecided(DomainError):
    """This insight is decided and cannot be changed. If there is something new, record another insight."""

    kind, code = Kind.CONFLICT, "insight.already_decided"
    zh = "这条民情已经答复，不能再转送或改答。如有新的情况，请另记一条民情。"


class SpanTooLong(DomainError):
    """The dates must be in order and at most {limit_days} days apart. Change the dates."""

    kind, code = Kind.INVALID, "insight.span_too_long"
    zh = "起止日期应按先后填写，最长 {limit_days} 天。请改正日期。"


class NotWholeMonths(DomainError):
    """A digest covers whole months that have ended: from the first day of a month to the last day of a
    month ({latest_on} at the latest). The request has {from_on} to {until_on}. Change the dates.
    """

    kind, code = Kind.INVALID, "insight.not_whole_months"
    zh = (
        "民情摘要按已结束的整月统计：起始日应为某月第一天，"
        "截止日应为已结束月份的最后一天（目前最晚 {latest_on}）。"
        "现在填的是 {from_on} 至 {until_on}，请改正。"
    )


class AreaTooFine(DomainError):
    """The smallest area of a digest is a township: a division code has at most {limit_digits} digits,
    so {division_code} is too long. Use {township_code}.
    """

    kind, code = Kind.INVALID, "insight.area_too_fine"
    zh = (
        "民情摘要以乡镇、街道为最小范围：区划代码最多 {limit_digits} 位，{division_code} 过细。请改用 {township_code}。"
    )


class OwnInsight(DomainError):
    """You recorded this insight yourself, so you cannot decide on it. Ask a colleague of your unit to
    decide.
    """

    kind, code = Kind.FORBIDDEN, "insight.own"
    zh = "这条民情是您本人记录的，不能由您答复。请由本单位其他人员答复。"
