"""When the place may give its opinion, on plain values."""

from datetime import date, datetime, timedelta

from service.foundation.workdays import day_of
from service.ground.contact_points.errors import TooEarlyForOpinion, TooLateForOpinion

MAX_DAYS_AFTER_END = 365
"""How many days after the end the place may still give its opinion. Later memories are not reliable."""


def must_accept_opinion(ends_on: date, ended_at: datetime | None, days: int, now: datetime) -> None:
    """Require that `now` is between `days` days before the last day and a year after the end.

    Raises: TooEarlyForOpinion, TooLateForOpinion.
    """
    from_on = ends_on - timedelta(days=days)
    if ended_at is None:
        if day_of(now) < from_on:
            raise TooEarlyForOpinion(days=days, from_on=from_on)
        return
    until_on = day_of(ended_at) + timedelta(days=MAX_DAYS_AFTER_END)
    if day_of(now) > until_on:
        raise TooLateForOpinion(days=MAX_DAYS_AFTER_END, until_on=until_on)
