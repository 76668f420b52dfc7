"""Rate limits for requests, by person, device, service client and address.

Each API process counts on its own, so N processes allow N times as many requests. The limits protect against a
broken client, not against an attack. `attempts.py` protects against password guessing; all processes share it.
"""

import time
from collections.abc import Callable
from uuid import UUID

from service.foundation.settings import Settings
from service.foundation.sliding_window import SlidingWindowCounter
from service.identity.auth.errors import TooManyRequests
from service.identity.auth.tokens import Principal


class RequestLimits:
    """Counts requests per minute. `monotonic` returns the process's monotonic time in seconds."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._person = settings.requests_per_minute_person
        self._device = settings.requests_per_minute_device
        self._address = settings.requests_per_minute_address
        self._client = settings.requests_per_minute_client
        self._counter = SlidingWindowCounter(monotonic)

    def count(self, principal: Principal) -> None:
        """Count one request. Raises: TooManyRequests."""
        if principal.device_id:  # first, so that refused requests of one device do not count for the whole person
            self._count(principal.device_id, self._device)
        self._count(principal.id, self._client if principal.organisation_id else self._person)

    def count_address(self, key: UUID) -> None:
        """Count one unauthenticated request; `key` is the keyed hash of the address. Raises: TooManyRequests."""
        self._count(key, self._address)

    def _count(self, key: UUID, limit: int) -> None:
        wait_s = self._counter.hit(key, limit)
        if wait_s:
            raise TooManyRequests(retry_after_s=wait_s)
