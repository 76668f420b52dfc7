"""Count hits per key over about one minute, in the memory of one process; about 1 µs per hit."""

import time
from collections.abc import Callable, Hashable
from math import ceil

WINDOW_S = 60


class SlidingWindowCounter:
    """An approximate sliding window: two counts per key, for the current and the previous minute.

    The previous minute counts with the share of it that is still inside the window. `monotonic` returns seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._minute = 0
        self._now: dict[Hashable, int] = {}
        self._before: dict[Hashable, int] = {}

    def hit(self, key: Hashable, limit: int) -> int:
        """Count one hit and return 0.

        Over the limit, count nothing and return the seconds to wait, at least 1.
        """
        second = self._second_of_minute()
        now, before = self._now.get(key, 0), self._before.get(key, 0)
        if now + 1 + before * (1 - second / WINDOW_S) > limit:
            return _wait_s(now, before, limit, second)
        self._now[key] = now + 1
        return 0

    def clear(self) -> None:
        """Remove all counts."""
        self._now, self._before = {}, {}

    def _second_of_minute(self) -> float:
        """Return the second of the current minute. When a new minute has begun, shift the counts first."""
        minute, second = divmod(self._monotonic(), WINDOW_S)
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else {}
            self._now, self._minute = {}, int(minute)
        return second


def _wait_s(now: int, before: int, limit: int, second: float) -> int:
    """Return the seconds until the next hit is within the limit."""
    if now + 1 <= limit and before:
        return max(1, ceil((1 - (limit - now - 1) / before) * WINDOW_S - second))
    return max(1, ceil(WINDOW_S - second + (1 - (limit - 1) / max(now, 1)) * WINDOW_S))
