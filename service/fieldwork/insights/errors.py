"""Failures of insights."""

from service.foundation.errors import DomainError, Kind


class InsightNotFound(DomainError):
    """There is no such insight, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "insight.not_found"
    zh = "没有找到民情 {insight_id}。"
    en = "There is no insight {insight_id}."


class NotRouted(DomainError):
    """Nobody was asked to decide about it yet."""

    kind, code = Kind.CONFLICT, "insight.not_routed"
    zh = "这条民情还没有转送决策单位，不能答复。"
    en = "This insight has not been routed to a deciding unit yet."


class AlreadyDecided(DomainError):
    """The deciding unit has answered; the answer stays."""

    kind, code = Kind.CONFLICT, "insight.already_decided"
    zh = "这条民情已经答复，不能再转送或改答。"
    en = "This insight has been decided on and stays so."


class SpanTooLong(DomainError):
    """A digest covers a span that somebody can read."""

    kind, code = Kind.INVALID, "insight.span_too_long"
    zh = "起止日期应按先后，最长 {limit_days} 天。"
    en = "The days must be in order and span at most {limit_days} days."


class NotWholeMonths(DomainError):
    """Spans shifted by a day could be subtracted from each other, down to what a single person said."""

    kind, code = Kind.INVALID, "insight.not_whole_months"
    zh = (
        "民情摘要按已结束的整月统计：from_on 应为某月第一天，"
        "until_on 应为已结束月份的最后一天（目前最晚 {latest_on}）。"
        "现在填的是 {from_on} 至 {until_on}。"
    )
    en = (
        "A digest tells of whole months that are over: from_on must be the first day of a month, until_on the last"
        " day of a month that is over (now {latest_on} at the latest). Asked for was {from_on} to {until_on}."
    )


class AreaTooFine(DomainError):
    """A digest tells of townships, not of the villages in them."""

    kind, code = Kind.INVALID, "insight.area_too_fine"
    zh = (
        "民情摘要以乡镇、街道为最小范围：division_code 最多 {limit_digits} 位，"
        "{division_code} 过细。请改用 {township_code}。"
    )
    en = (
        "A digest goes down to townships: division_code has at most {limit_digits} digits, {division_code} is too fine."
        " Ask for {township_code}."
    )


class OwnInsight(DomainError):
    """Nobody decides on what he or she wrote down."""

    kind, code = Kind.FORBIDDEN, "insight.own"
    zh = "这条民情是您本人记录的，不能由您答复。请由本单位其他人员答复。"
    en = "You wrote this insight down yourself and cannot decide on it. Let somebody else of your unit do so."
