"""Failures of promises."""

from service.foundation.errors import DomainError, Kind


class PromiseNotFound(DomainError):
    """There is no such promise, or it is out of reach."""

    kind, code = Kind.NOT_FOUND, "promise.not_found"
    zh = "没有找到承诺 {promise_id}。"
    en = "There is no promise {promise_id}."


class OwnerUnknown(DomainError):
    """Nobody of the visitor's organisation has that id."""

    kind, code = Kind.INVALID, "promise.owner_unknown"
    zh = "承诺的责任人应是本单位在职人员，请核对。"
    en = "The owner of a promise must be posted in your organisation. Check the person."


class PromiseOver(DomainError):
    """A promise ends once."""

    kind, code = Kind.CONFLICT, "promise.over"
    zh = "这项承诺已办结（{state}），不能再改。"
    en = "This promise has ended as {state} and stays so."


class DueBeforeGiven(DomainError):
    """A promise falls due today or later."""

    kind, code = Kind.INVALID, "promise.due_before_given"
    zh = "承诺的期限 {due_on} 已经过去，请填写今天或以后的日期。"
    en = "The promise would be due on {due_on}, which is over. Give today or a later day."
