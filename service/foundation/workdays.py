"""Working days in China, with public holidays and make-up working days (调休). Days are in Beijing time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from service.foundation.log import logger

BEIJING = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


def is_workday(day: date) -> bool:
    """Return whether the day is a working day.

    For a year without published holidays: Monday to Friday, with a warning.
    """
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        logger.warning("no holidays published for this year, using Monday to Friday", year=day.year)
        return day.weekday() < SATURDAY


def day_of(timestamp: datetime) -> date:
    """Return the date in Beijing."""
    return timestamp.astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """Return 24:00 of the day in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def end_of_workday(start: datetime, days: int) -> datetime:
    """Return the end (24:00 in Beijing) of the `days`-th working day after the day of `start`."""
    day = day_of(start)
    while days:
        day += timedelta(days=1)
        days -= is_workday(day)
    return end_of_day(day)
