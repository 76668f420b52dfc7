"""Passwords: argon2id in a thread, few at a time, so that a rush of sign-ins does not stop everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from pwdlib.hashers.argon2 import Argon2Hasher

from service.identity.auth.errors import SignInBusy

QUEUE = 64
"""How many may wait for their turn; beyond that they are asked to come back."""

HASHER = Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""m = 19 MiB, t = 2, p = 1 (OWASP); about 17 ms (PERF §6)."""


@lru_cache
def decoy() -> str:
    """A hash that fits no password: verified for an unknown login, so that the answer takes as long."""
    return HASHER.hash("nobody's password")


class Passwords:
    """Hashes and verifies, at most `at_once` together."""

    def __init__(self, at_once: int) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The argon2id hash to store. Raises SignInBusy."""
        async with self.turn():
            return await self.hash_within_turn(password)

    async def hash_within_turn(self, password: str) -> str:
        """The same for whoever holds a turn already."""
        return await asyncio.to_thread(HASHER.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password fits; as slow for an unknown login (None). Sign-ins hold a `turn` around it."""
        fits = await asyncio.to_thread(HASHER.verify, password, stored or decoy())
        return fits and stored is not None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among those who hash at this moment. Raises SignInBusy when too many wait.

        Taken before a connection is: whoever waits for a turn must not keep a connection from everybody else.
        """
        if self._waiting >= QUEUE:
            raise SignInBusy
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
