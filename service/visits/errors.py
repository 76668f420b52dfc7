"""Failures of visits."""

from service.core.errors import DomainError, Kind


class VisitNotFound(DomainError):
    """There is no such visit, or it is another's."""

    kind, code = Kind.NOT_FOUND, "visit.not_found"
    zh = "没有找到走访 {visit_id}。"
    en = "There is no visit {visit_id}."


class VisitAlreadyEnded(DomainError):
    """The visit was checked out before; a correction must be requested instead."""

    kind, code = Kind.CONFLICT, "visit.already_ended"
    zh = "这次走访已于 {checked_out_at} 结束。如有误，请申请更正。"
    en = "This visit ended at {checked_out_at}. If that is wrong, request a correction."


class CheckOutBeforeCheckIn(DomainError):
    """The end lies before the beginning."""

    kind, code = Kind.INVALID, "visit.check_out_before_check_in"
    zh = "离开时间早于到达时间 {checked_in_at}，请核对。"
    en = "The check-out lies before the check-in at {checked_in_at}."
