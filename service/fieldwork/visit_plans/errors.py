"""Errors of visit plans."""

from service.foundation.errors import DomainError, Kind


class VisitPlanNotFound(DomainError):
    """There is no such visit plan, or you may not see it. Go back to the list and check."""

    kind, code = Kind.NOT_FOUND, "visit_plan.not_found"
    zh = "没有找到这项走访计划，或者您没有查看的权限。请返回列表核对。"


class VisitPlanOver(DomainError):
    """This plan is {state} and cannot be cancelled. Look at the visits instead."""

    kind, code = Kind.CONFLICT, "visit_plan.over"
    zh = "这项计划已是“{state}”，不能再取消。请查看走访记录。"


class PlannedInThePast(DomainError):
    """The end of the plan, {until_at}, is in the past. Record a visit that has taken place as a late
    entry.
    """

    kind, code = Kind.INVALID, "visit_plan.in_the_past"
    zh = "计划的结束时间 {until_at} 已经过去。已经去过的，请直接补记走访。"


class SpanTooLong(DomainError):
    """The dates must be in order and at most {limit_days} days apart. Change the dates."""

    kind, code = Kind.INVALID, "visit_plan.span_too_long"
    zh = "起止日期应按先后填写，最长 {limit_days} 天。请改正日期。"


class PurposeOfPlanUnknown(DomainError):
    """There is no such purpose. Choose one from the list of visit purposes."""

    kind, code, constraint = Kind.INVALID, "visit_plan.purpose_unknown", "fk_visit_plan_purpose"
    zh = "没有这个走访目的。请从走访目的列表中选择。"
