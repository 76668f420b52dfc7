"""Failures of the inbox."""

from service.foundation.errors import DomainError, Kind


class InboxItemNotFound(DomainError):
    """There is no inbox item {item_id}; it may be done and gone."""

    kind, code = Kind.NOT_FOUND, "inbox_item.not_found"
    zh = "没有找到待办 {item_id}，可能已办结并清理。"
