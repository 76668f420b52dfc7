"""When the place may speak of a contact, on plain values."""

from datetime import date, datetime, timedelta

from service.contact_points.errors import TooEarlyForOpinion
from service.core.workdays import day_of

OPINION_DAYS = 30
"""How many days before its last day the place may give its opinion."""


def must_be_time_for_opinion(ends_on: date, ended_at: datetime | None, now: datetime) -> None:
    """Raises TooEarlyForOpinion."""
    from_on = ends_on - timedelta(days=OPINION_DAYS)
    if ended_at is None and day_of(now) < from_on:
        raise TooEarlyForOpinion(days=OPINION_DAYS, from_on=from_on.isoformat())
