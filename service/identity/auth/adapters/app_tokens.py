"""Cache the access token that a provider issues to our app (not to a person)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from service.foundation.clock import Clock

RENEW_BEFORE = timedelta(minutes=5)
"""A token is renewed this long before it expires, because the provider's clock may differ from ours."""
MIN_LIFETIME = timedelta(seconds=30)
"""A token is cached at least this long, because providers block clients that fetch tokens too often."""


class AppToken:
    """One token. `fetch` returns a new token and its lifetime; concurrent callers wait for the same fetch."""

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, timedelta]]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def current(self) -> str:
        """The token to use now. Raises: the errors of `fetch`."""
        return self._cached_token() or await self._renew(None)

    async def after(self, refused: str) -> str:
        """A token that is not the one that the provider just refused. Raises: the errors of `fetch`."""
        return await self._renew(refused)

    def _cached_token(self) -> str | None:
        is_good = self._good_until is not None and self._clock() < self._good_until
        return self._token if is_good else None

    async def _renew(self, refused: str | None) -> str:
        async with self._lock:
            token = self._cached_token()
            if token is not None and token != refused:
                return token
            self._token, lifetime = await self._fetch()
            self._good_until = self._clock() + max(lifetime - RENEW_BEFORE, MIN_LIFETIME)
            return self._token
