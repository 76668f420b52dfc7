"""Hash and verify passwords with argon2id.

Hashing runs in threads, a few at a time, so that many sign-ins at once do not block other requests.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from pwdlib.hashers.argon2 import Argon2Hasher

from service.identity.auth.errors import SignInBusy

QUEUE = 64
"""How many requests may wait for a hashing slot; more are refused with SignInBusy."""

HASHER = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""m = 19 MiB, t = 2, p = 1 (OWASP); one hash takes about 17 ms (PERF §6)."""


@lru_cache
def decoy() -> str:
    """A hash to verify for an unknown login, so that the answer takes as long as for a known one."""
    return HASHER.hash("password of no account")


class Passwords:
    """Hashes and verifies passwords, at most `at_once` at the same time."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The argon2id hash to store. Raises: SignInBusy."""
        async with self.slot():
            return await self.hash_in_slot(password)

    async def hash_in_slot(self, password: str) -> str:
        """The argon2id hash to store, for a caller that already holds a slot."""
        return await asyncio.to_thread(HASHER.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password matches the stored hash.

        `stored` is None for an unknown login; the check then takes as long and fails. Sign-ins hold a `slot` for it.
        """
        is_match = await asyncio.to_thread(HASHER.verify, password, stored or decoy())
        return is_match and stored is not None

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the hashing slots. Raises: SignInBusy when too many requests wait.

        Take the slot before a database connection, so that waiting requests hold no connections.
        """
        if self._waiting >= QUEUE:
            raise SignInBusy
        self._waiting += 1
        try:
            async with self._slots:
                yield
        finally:
            self._waiting -= 1
