"""Errors of privacy."""

from service.foundation.errors import DomainError, Kind


class RetentionNotAllowed(ValueError):
    """A setting keeps data longer or shorter than the law allows. Raised when a process starts."""


class TableNotExportable(DomainError):
    """The data export has no such table about you. Choose a table from the list in the export."""

    kind, code = Kind.NOT_FOUND, "own_data.table_not_exportable"
    zh = "这一类信息中没有可导出的本人信息。请从导出目录中选择。"
