"""Rules of cycles: the assessed roles and the time span. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schemas.identity.organisations import Role
from service.foundation.workdays import BEIJING
from service.judgement.assessments.errors import CycleEndsBeforeItBegins

ASSESSED_ROLES = (Role.CADRE, Role.LEADER, Role.ORGAN_COMMITTEE_OFFICER, Role.WORK_COMMITTEE_OFFICER)
"""The roles whose holders belong to a cycle's population."""


@dataclass(frozen=True)
class Span:
    """A half-open time span: `begin` is included, `end` is not."""

    begin: datetime
    end: datetime


def require_days_in_order(from_day: date, until_day: date) -> None:
    """Check that the last day is not before the first. Raises: CycleEndsBeforeItBegins."""
    if until_day < from_day:
        raise CycleEndsBeforeItBegins


def span_of(from_day: date, until_day: date, as_of: datetime) -> Span:
    """The span from the first to the last day, Beijing time, cut off at `as_of`."""
    begin = datetime.combine(from_day, time(), BEIJING)
    end = datetime.combine(until_day + timedelta(days=1), time(), BEIJING)
    return Span(begin, min(end, as_of))
