"""Working days in China, with holidays and the weekends worked for them (调休). Days are Beijing's."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from service.foundation.log import logger

BEIJING = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


def is_workday(day: date) -> bool:
    """Whether people work on that day. A year not yet announced falls back to Monday–Friday and says so."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        logger.warning("holidays not known, taking Monday to Friday", year=day.year)
        return day.weekday() < SATURDAY


def day_of(moment: datetime) -> date:
    """The day in Beijing."""
    return moment.astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """24:00 of that day in Beijing."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def end_of_workday(start: datetime, days: int) -> datetime:
    """The end (24:00 in Beijing) of the `days`-th working day after the day of `start`."""
    day = day_of(start)
    while days:
        day += timedelta(days=1)
        days -= is_workday(day)
    return end_of_day(day)
