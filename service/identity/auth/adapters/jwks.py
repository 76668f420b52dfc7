"""The keys a provider signs with (RFC 7517): kept for an hour, and fetched again when an unknown one turns up.

Whoever invents key ids gains nothing: after a fetch that did not bring the key, half a minute passes before the next.
A fetch that did bring it costs no wait, so that a rotation goes unnoticed however soon it comes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK, PyJWKError
from jwt.exceptions import InvalidKeyError

from service.foundation.clock import Clock

KEPT = timedelta(hours=1)
AFTER_A_FRUITLESS_FETCH = timedelta(seconds=30)
KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""The algorithms we believe, all asymmetric, and the type of key each takes. Whatever else a token names is refused."""


class KeySet:
    """One provider's keys. `fetch` gives them as they are published."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._turn = asyncio.Lock()
        self._keys: Sequence[Mapping[str, Any]] = ()
        self._fresh_until: datetime | None = None
        self._not_again_before: datetime | None = None

    async def key(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The key of this id, or the only one that fits when the token names none. Raises what `fetch` raises."""
        found = self._known(key_id, algorithm)
        if found:
            return found
        async with self._turn:
            found = self._known(key_id, algorithm)
            if found or self._must_wait():
                return found
            self._keys = await self._fetch()
            now = self._clock()
            self._fresh_until = now + KEPT
            found = self._known(key_id, algorithm)
            self._not_again_before = None if found else now + AFTER_A_FRUITLESS_FETCH
            return found

    def _must_wait(self) -> bool:
        return self._not_again_before is not None and self._clock() < self._not_again_before

    def _known(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        if self._fresh_until is None or self._clock() >= self._fresh_until:
            return None
        fitting = [key for key in self._keys if _fits(key, key_id, algorithm)]
        return _read(fitting[0], algorithm) if len(fitting) == 1 else None


def _fits(key: Mapping[str, Any], key_id: str | None, algorithm: str) -> bool:
    return (
        key.get("kty") == KEY_TYPES.get(algorithm)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    )


def _read(key: Mapping[str, Any], algorithm: str) -> PyJWK | None:
    try:
        return PyJWK(dict(key), algorithm)
    except (PyJWKError, InvalidKeyError):
        return None
