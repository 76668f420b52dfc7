"""Errors of coverage."""

from service.foundation.errors import DomainError, Kind


class SpanTooLong(DomainError):
    """The dates must be in order and at most {limit_days} days apart. Change the dates."""

    kind, code = Kind.INVALID, "coverage.span_too_long"
    zh = "起止日期应按先后填写，最长 {limit_days} 天。请改正日期。"
