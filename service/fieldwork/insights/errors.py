"""Failures of insights."""

from service.foundation.errors import DomainError, Kind


class InsightNotFound(DomainError):
    """There is no insight {insight_id}."""

    kind, code = Kind.NOT_FOUND, "insight.not_found"
    zh = "没有找到民情 {insight_id}。"


class NotRouted(DomainError):
    """This insight has not been routed to a deciding unit yet."""

    kind, code = Kind.CONFLICT, "insight.not_routed"
    zh = "这条民情还没有转送决策单位，不能答复。"


class AlreadyDecided(DomainError):
    """This insight has been decided on and stays so."""

    kind, code = Kind.CONFLICT, "insight.already_decided"
    zh = "这条民情已经答复，不能再转送或改答。"


class SpanTooLong(DomainError):
    """The days must be in order and span at most {limit_days} days."""

    kind, code = Kind.INVALID, "insight.span_too_long"
    zh = "起止日期应按先后，最长 {limit_days} 天。"


class NotWholeMonths(DomainError):
    """A digest tells of whole months that are over: from_on must be the first day of a month, until_on the last day of
    a month that is over (now {latest_on} at the latest). RequestModel for was {from_on} to {until_on}.
    """

    kind, code = Kind.INVALID, "insight.not_whole_months"
    zh = (
        "民情摘要按已结束的整月统计：from_on 应为某月第一天，"
        "until_on 应为已结束月份的最后一天（目前最晚 {latest_on}）。"
        "现在填的是 {from_on} 至 {until_on}。"
    )


class AreaTooFine(DomainError):
    """A digest goes down to townships: division_code has at most {limit_digits} digits, {division_code} is too fine.
    Ask for {township_code}.
    """

    kind, code = Kind.INVALID, "insight.area_too_fine"
    zh = (
        "民情摘要以乡镇、街道为最小范围：division_code 最多 {limit_digits} 位，"
        "{division_code} 过细。请改用 {township_code}。"
    )


class OwnInsight(DomainError):
    """You wrote this insight down yourself and cannot decide on it. Let somebody else of your unit do so."""

    kind, code = Kind.FORBIDDEN, "insight.own"
    zh = "这条民情是您本人记录的，不能由您答复。请由本单位其他人员答复。"
