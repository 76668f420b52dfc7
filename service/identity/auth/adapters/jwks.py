"""Cache the signing keys of a provider (RFC 7517) for an hour; fetch again for an unknown id.

A fetch that did not contain the key delays the next fetch by half a minute, so that invented key ids cause few
requests. A fetch that contained it causes no delay, so that quick key rotations work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from jwt import PyJWK, PyJWKError
from jwt.exceptions import InvalidKeyError

from service.foundation.clock import Clock

CACHE_LIFETIME = timedelta(hours=1)
DELAY_AFTER_MISS = timedelta(seconds=30)
KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""Accepted algorithms, all asymmetric, and the key type of each. Tokens with any other algorithm are refused."""


class KeySet:
    """The keys of one provider. `fetch` returns the published keys."""

    def __init__(self, fetch: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Sequence[Mapping[str, Any]] = ()
        self._fresh_until: datetime | None = None
        self._not_again_before: datetime | None = None

    async def key(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The key with this id, or the only matching key when `key_id` is None. Raises: the errors of `fetch`."""
        matching_key = self._cached_key(key_id, algorithm)
        if matching_key:
            return matching_key
        async with self._lock:
            matching_key = self._cached_key(key_id, algorithm)
            if matching_key or self._must_wait():
                return matching_key
            self._keys = await self._fetch()
            now = self._clock()
            self._fresh_until = now + CACHE_LIFETIME
            matching_key = self._cached_key(key_id, algorithm)
            self._not_again_before = None if matching_key else now + DELAY_AFTER_MISS
            return matching_key

    def _must_wait(self) -> bool:
        return self._not_again_before is not None and self._clock() < self._not_again_before

    def _cached_key(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        if self._fresh_until is None or self._clock() >= self._fresh_until:
            return None
        matches = [key for key in self._keys if _is_match(key, key_id, algorithm)]
        return _parse_key(matches[0], algorithm) if len(matches) == 1 else None


def _is_match(key: Mapping[str, Any], key_id: str | None, algorithm: str) -> bool:
    return (
        key.get("kty") == KEY_TYPES.get(algorithm)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    )


def _parse_key(key: Mapping[str, Any], algorithm: str) -> PyJWK | None:
    try:
        return PyJWK(dict(key), algorithm)
    except (PyJWKError, InvalidKeyError):
        return None
