"""Errors of promises."""

from service.foundation.errors import DomainError, Kind


class PromiseNotFound(DomainError):
    """There is no such promise, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "promise.not_found"
    zh = "没有找到这项承诺，或者您没有查看的权限。请返回列表核对。"


class OwnerUnknown(DomainError):
    """The owner of a promise must have a posting in your organisation. Check the person."""

    kind, code = Kind.INVALID, "promise.owner_unknown"
    zh = "承诺的责任人应是本单位在职人员，请核对。"


class PromiseOver(DomainError):
    """This promise has ended ({state}) and cannot be changed. Record a new promise instead."""

    kind, code = Kind.CONFLICT, "promise.over"
    zh = "这项承诺已办结（{state}），不能再改。如有新的承诺，请另行登记。"


class DueBeforeGiven(DomainError):
    """The due date {due_on} is in the past. Enter today or a later date."""

    kind, code = Kind.INVALID, "promise.due_before_given"
    zh = "承诺的期限 {due_on} 已经过去，请填写今天或以后的日期。"
