"""Failures of asking for coverage."""

from service.foundation.errors import DomainError, Kind


class SpanTooLong(DomainError):
    """The span must run forwards and cover at most {limit_days} days."""

    kind, code = Kind.INVALID, "coverage.span_too_long"
    zh = "起止日期须先后有序，且不超过 {limit_days} 天。"
