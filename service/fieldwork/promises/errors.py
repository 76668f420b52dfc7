"""Failures of promises."""

from service.foundation.errors import DomainError, Kind


class PromiseNotFound(DomainError):
    """There is no promise {promise_id}."""

    kind, code = Kind.NOT_FOUND, "promise.not_found"
    zh = "没有找到承诺 {promise_id}。"


class OwnerUnknown(DomainError):
    """The owner of a promise must be posted in your organisation. Check the person."""

    kind, code = Kind.INVALID, "promise.owner_unknown"
    zh = "承诺的责任人应是本单位在职人员，请核对。"


class PromiseOver(DomainError):
    """This promise has ended as {state} and stays so."""

    kind, code = Kind.CONFLICT, "promise.over"
    zh = "这项承诺已办结（{state}），不能再改。"


class DueBeforeGiven(DomainError):
    """The promise would be due on {due_on}, which is over. Give today or a later day."""

    kind, code = Kind.INVALID, "promise.due_before_given"
    zh = "承诺的期限 {due_on} 已经过去，请填写今天或以后的日期。"
