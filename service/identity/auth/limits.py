"""How often a person, a device, a system or an address may ask: per process, in memory, a microsecond for each request.

Two counts for each, of this minute and of the one before, stand for a moving window: what is left of the minute
before counts by its share. The library `limits` keeps every request's moment and searches all of them for old ones
in threads; with many thousand people signed in that is no longer for the hot path.

Each API process counts by itself: N processes let N times as many through. It protects against a phone gone wild,
not against an attack; against guessing there is `attempts.py`, which all processes share.
"""

import time
from collections.abc import Callable
from math import ceil
from uuid import UUID

from service.foundation.settings import Settings
from service.identity.auth.errors import AskedTooOften
from service.identity.auth.tokens import Principal

WINDOW_S = 60


class RequestLimits:
    """Counts requests. `monotonic` is the process's own clock in seconds: how fast, not when."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._person = settings.requests_per_minute_person
        self._device = settings.requests_per_minute_device
        self._address = settings.requests_per_minute_address
        self._client = settings.requests_per_minute_client
        self._monotonic = monotonic
        self._minute = 0
        self._now: dict[UUID, int] = {}
        self._before: dict[UUID, int] = {}

    def count(self, principal: Principal) -> None:
        """Count one request. Raises AskedTooOften."""
        second = self._turned()
        if principal.device_id:  # first: what one device asks too often is not held against the person's others
            self._count(principal.device_id, self._device, second)
        self._count(principal.id, self._client if principal.organisation_id else self._person, second)

    def count_address(self, key: UUID) -> None:
        """Count one attempt of somebody not signed in, by the keyed hash of the address. Raises AskedTooOften."""
        self._count(key, self._address, self._turned())

    def _turned(self) -> float:
        """The second of the minute, after putting away the minute before when another has begun."""
        minute, second = divmod(self._monotonic(), WINDOW_S)
        if minute != self._minute:
            self._before = self._now if minute == self._minute + 1 else {}
            self._now, self._minute = {}, int(minute)
        return second

    def _count(self, who: UUID, limit: int, second: float) -> None:
        request = self._now.get(who, 0) + 1
        if request + self._before.get(who, 0) * (1 - second / WINDOW_S) > limit:
            raise AskedTooOften(retry_after_s=self._wait(who, limit, second))
        self._now[who] = request

    def _wait(self, who: UUID, limit: int, second: float) -> int:
        """Seconds until one more fits, at least one: until enough of the minute before has passed, or of this one."""
        now, before = self._now.get(who, 0), self._before.get(who, 0)
        if now + 1 <= limit and before:
            return max(1, ceil((1 - (limit - now - 1) / before) * WINDOW_S - second))
        return max(1, ceil(WINDOW_S - second + (1 - (limit - 1) / max(now, 1)) * WINDOW_S))
