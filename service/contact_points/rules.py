"""When a contact ends and when the place may speak of it, on plain values. Days are those of Beijing."""

from datetime import date, datetime, time, timedelta

from service.contact_points.errors import TooEarlyForOpinion
from service.core.workdays import BEIJING

OPINION_DAYS = 30
"""How many days before its last day the place may give its opinion."""


def term_over_at(ends_on: date) -> datetime:
    """The moment after the last day."""
    return datetime.combine(ends_on + timedelta(days=1), time(), BEIJING)


def must_be_time_for_opinion(ends_on: date, ended_at: datetime | None, now: datetime) -> None:
    """Raises TooEarlyForOpinion."""
    from_on = ends_on - timedelta(days=OPINION_DAYS)
    if ended_at is None and now.astimezone(BEIJING).date() < from_on:
        raise TooEarlyForOpinion(days=OPINION_DAYS, from_on=from_on.isoformat())
