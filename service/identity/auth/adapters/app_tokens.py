"""The token a provider gives to our app, not to a person: kept until shortly before its end, fetched by one."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from service.foundation.clock import Clock

EARLY = timedelta(minutes=5)
"""So long before its end a token is replaced; the providers' timers are not ours."""
SHORTEST = timedelta(seconds=30)
"""Kept at least this long, whatever the provider says: asking for tokens often is punished there."""


class AppToken:
    """One token. `fetch` gives a new one and its lifetime; whoever comes while it runs waits for the same one."""

    def __init__(self, fetch: Callable[[], Awaitable[tuple[str, timedelta]]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._turn = asyncio.Lock()
        self._token: str | None = None
        self._good_until: datetime | None = None

    async def current(self) -> str:
        """The token to use now. Raises what `fetch` raises."""
        return self._kept() or await self._renewed(None)

    async def after(self, refused: str) -> str:
        """Another token than the one the provider just refused."""
        return await self._renewed(refused)

    def _kept(self) -> str | None:
        is_good = self._good_until is not None and self._clock() < self._good_until
        return self._token if is_good else None

    async def _renewed(self, refused: str | None) -> str:
        async with self._turn:
            row = self._kept()
            if row is not None and row != refused:
                return row
            self._token, lifetime = await self._fetch()
            self._good_until = self._clock() + max(lifetime - EARLY, SHORTEST)
            return self._token
