"""Failures of closing an organisation."""

from service.foundation.errors import DomainError, Kind


class StillHanging(DomainError):
    """There is still something open: {hanging}. Move it, end it or finish it before closing the organisation."""

    kind, code = Kind.CONFLICT, "organisation.still_hanging"
    zh = "该组织还有未了结的事项：{hanging}。请先移走、结束或办结，再行撤销。"


class SuccessorDoesNotFit(DomainError):
    """The successor is another organisation of the same tree and kind."""

    kind, code = Kind.INVALID, "organisation.successor_does_not_fit"
    zh = "承接组织应是同一棵树、同一类型的另一个组织。"
