"""Count hits per key over about a minute: per process, in memory, a microsecond for each hit."""

import time
from collections.abc import Callable, Hashable
from math import ceil

WINDOW_S = 60


class SlidingWindowCounter:
    """Two counts for each key, of this minute and of the one before, stand for a sliding window.

    What is left of the minute before counts by its share. `monotonic` is the process's own clock in seconds.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._minute = 0
        self._now: dict[Hashable, int] = {}
        self._before: dict[Hashable, int] = {}

    def hit(self, key: Hashable, limit: int) -> int:
        """Count one hit and return 0; over the limit count nothing and return the seconds to wait, at least 1."""
        second = self._second_of_minute()
        now, before = self._now.get(key, 0), self._before.get(key, 0)
        if now + 1 + before * (1 - second / WINDOW_S) > limit:
            return _wait_s(now, before, limit, second)
        self._now[key] = now + 1
        return 0

    def clear(self) -> None:
        """Forget every hit."""
        self._now, self._before = {}, {}

    def _second_of_minute(self) -> float:
        """The second of the minute, after putting away the minute before when another has begun."""
        minute, second = divmod(self._monotonic(), WINDOW_S)
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else {}
            self._now, self._minute = {}, int(minute)
        return second


def _wait_s(now: int, before: int, limit: int, second: float) -> int:
    """Seconds until one more fits: until enough of the minute before has passed, or of this one."""
    if now + 1 <= limit and before:
        return max(1, ceil((1 - (limit - now - 1) / before) * WINDOW_S - second))
    return max(1, ceil(WINDOW_S - second + (1 - (limit - 1) / max(now, 1)) * WINDOW_S))
