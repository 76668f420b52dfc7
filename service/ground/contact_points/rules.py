"""When the place may speak of a contact, on plain values."""

from datetime import date, datetime, timedelta

from service.foundation.workdays import day_of
from service.ground.contact_points.errors import TooEarlyForOpinion, TooLateForOpinion

LAST_DAYS = 365
"""So many days after the end the place may still speak: whoever comes later hardly remembers."""


def must_be_time_for_opinion(ends_on: date, ended_at: datetime | None, days: int, now: datetime) -> None:
    """From so many days before the last day until a year after the end the place may give its opinion.

    Raises TooEarlyForOpinion, TooLateForOpinion.
    """
    from_on = ends_on - timedelta(days=days)
    if ended_at is None:
        if day_of(now) < from_on:
            raise TooEarlyForOpinion(days=days, from_on=from_on)
        return
    until_on = day_of(ended_at) + timedelta(days=LAST_DAYS)
    if day_of(now) > until_on:
        raise TooLateForOpinion(days=LAST_DAYS, until_on=until_on)
