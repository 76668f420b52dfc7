"""How often a person, a device, a system or an address may ask.

Each API process counts by itself: N processes let N times as many through. It protects against a phone gone wild,
not against an attack; against guessing there is `attempts.py`, which all processes share.
"""

import time
from collections.abc import Callable
from uuid import UUID

from service.foundation.settings import Settings
from service.foundation.sliding_window import SlidingWindowCounter
from service.identity.auth.errors import AskedTooOften
from service.identity.auth.tokens import Principal


class RequestLimits:
    """Counts requests. `monotonic` is the process's own clock in seconds: how fast, not when."""

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._person = settings.requests_per_minute_person
        self._device = settings.requests_per_minute_device
        self._address = settings.requests_per_minute_address
        self._client = settings.requests_per_minute_client
        self._counter = SlidingWindowCounter(monotonic)

    def count(self, principal: Principal) -> None:
        """Count one request. Raises AskedTooOften."""
        if principal.device_id:  # first: what one device asks too often is not held against the person's others
            self._count(principal.device_id, self._device)
        self._count(principal.id, self._client if principal.organisation_id else self._person)

    def count_address(self, key: UUID) -> None:
        """Count one attempt of somebody not signed in, by the keyed hash of the address. Raises AskedTooOften."""
        self._count(key, self._address)

    def _count(self, key: UUID, limit: int) -> None:
        wait_s = self._counter.hit(key, limit)
        if wait_s:
            raise AskedTooOften(retry_after_s=wait_s)
