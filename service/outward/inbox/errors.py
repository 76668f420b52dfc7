"""Errors of the inbox."""

from service.foundation.errors import DomainError, Kind


class InboxItemNotFound(DomainError):
    """There is no such inbox item. It may be done and removed. Reload the inbox."""

    kind, code = Kind.NOT_FOUND, "inbox_item.not_found"
    zh = "没有找到这项待办，可能已办结并清理。请刷新待办列表。"
