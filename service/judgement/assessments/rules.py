"""Which moments a cycle counts, and whose work. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schemas.identity.organisations import Role
from service.foundation.workdays import BEIJING
from service.judgement.assessments.errors import CycleEndsBeforeItBegins

ASSESSED = (Role.CADRE, Role.LEADER, Role.ORGAN_COMMITTEE_OFFICER, Role.WORK_COMMITTEE_OFFICER)
"""The roles whose holders belong to a cycle's population."""


@dataclass(frozen=True)
class Span:
    """From `begin` on, up to but without `end`."""

    begin: datetime
    end: datetime


def must_be_in_order(from_day: date, until_day: date) -> None:
    """Raises CycleEndsBeforeItBegins."""
    if until_day < from_day:
        raise CycleEndsBeforeItBegins


def span(from_day: date, until_day: date, as_of: datetime) -> Span:
    """The days both included, as Beijing counts them; nothing that came after `as_of`."""
    begin = datetime.combine(from_day, time(), BEIJING)
    end = datetime.combine(until_day + timedelta(days=1), time(), BEIJING)
    return Span(begin, min(end, as_of))
