"""Failures of insights."""

from service.core.errors import DomainError, Kind


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
