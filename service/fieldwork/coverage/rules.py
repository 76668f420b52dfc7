"""Since when a place counts as without contact, and the steps by which visits spread."""

from calendar import monthrange
from datetime import date

STEPS: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 2), (3, 5), (6, 10), (11, None))
"""How often a place was visited: first and last number of each step."""
LONGEST_SPAN_DAYS = 366


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
