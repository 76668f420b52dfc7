"""Failures of plans."""

from service.foundation.errors import DomainError, Kind


class VisitPlanNotFound(DomainError):
    """There is no plan {plan_id}."""

    kind, code = Kind.NOT_FOUND, "visit_plan.not_found"
    zh = "没有找到走访计划 {plan_id}。"


class VisitPlanOver(DomainError):
    """This plan is {state} and cannot be called off."""

    kind, code = Kind.CONFLICT, "visit_plan.over"
    zh = "这项计划已是“{state}”，不能再取消。"


class PlannedInThePast(DomainError):
    """The plan would end at {until_at}, which is over. A visit that has been is written down afterwards."""

    kind, code = Kind.INVALID, "visit_plan.in_the_past"
    zh = "计划的结束时间 {until_at} 已经过去。已经去过的，请直接补记走访。"


class SpanTooLong(DomainError):
    """The days must be in order and span at most {limit_days} days."""

    kind, code = Kind.INVALID, "visit_plan.span_too_long"
    zh = "起止日期应按先后，最长 {limit_days} 天。"


class PurposeOfPlanUnknown(DomainError):
    """There is no such purpose. Choose one of /v1/visit-purposes."""

    kind, code, constraint = Kind.INVALID, "visit_plan.purpose_unknown", "fk_visit_plan_purpose"
    zh = "没有这个走访目的。请从 /v1/visit-purposes 中选择。"
