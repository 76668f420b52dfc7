"""When the place may speak of a contact, on plain values."""

from datetime import date, datetime, timedelta

from service.contact_points.errors import TooEarlyForOpinion
from service.core.workdays import day_of


def must_be_time_for_opinion(ends_on: date, ended_at: datetime | None, days: int, now: datetime) -> None:
    """From so many days before the last day on the place may give its opinion. Raises TooEarlyForOpinion."""
    from_on = ends_on - timedelta(days=days)
    if ended_at is None and day_of(now) < from_on:
        raise TooEarlyForOpinion(days=days, from_on=from_on.isoformat())
