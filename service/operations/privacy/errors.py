"""Failures of privacy."""

from service.foundation.errors import DomainError, Kind


class RetentionNotAllowed(ValueError):
    """A setting keeps something longer or shorter than the law allows; said at start."""


class TableNotHeld(DomainError):
    """The table {table} holds nothing on you that can be exported."""

    kind, code = Kind.NOT_FOUND, "own_data.table_not_held"
    zh = "表“{table}”中没有可导出的本人信息。"
