"""Failures of privacy."""

from service.foundation.errors import DomainError, Kind


class RetentionNotAllowed(ValueError):
    """A setting keeps something longer or shorter than the law allows; said at start."""


class TableNotHeld(DomainError):
    """There is nothing on you to export here. Choose from the list of the export."""

    kind, code = Kind.NOT_FOUND, "own_data.table_not_held"
    zh = "这一类信息中没有可导出的本人信息。请从导出目录中选择。"
