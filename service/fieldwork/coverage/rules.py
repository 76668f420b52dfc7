"""Rules of coverage: months without contact, and the steps of the concentration of visits."""

from calendar import monthrange
from datetime import date

STEPS: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 2), (3, 5), (6, 10), (11, None))
"""First and last number of visits of each step; None: no upper limit."""
LONGEST_SPAN_DAYS = 366


def months_before(day: date, months: int) -> date:
    """Return the same day of the month `months` earlier, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
