"""The changing code of a place: six digits for ten minutes, shown there, read off by whoever is there.

Derived from the deployment's key and the place, so that checking one asks the database nothing, and so that a code
read off without a network still fits when it is sent hours later: it is judged by the moment of the check-in.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from service.foundation.crypto import Keys

WINDOW = timedelta(minutes=10)
SLACK = 1
"""How many windows before and after also fit: timers differ, and reading takes a while."""


def code_at(keys: Keys, place_id: UUID, moment: datetime) -> str:
    """The code of that moment."""
    return _code(keys, place_id, _window(moment))


def valid_until(moment: datetime) -> datetime:
    """When the next code takes over."""
    return datetime.fromtimestamp((_window(moment) + 1) * WINDOW.total_seconds(), tz=UTC)


def fits(keys: Keys, place_id: UUID, code: str | None, moment: datetime) -> bool | None:
    """Whether it was the place's code at about that moment; None for no code."""
    if code is None:
        return None
    now = _window(moment)
    known = [_code(keys, place_id, window) for window in range(now - SLACK, now + SLACK + 1)]
    return any(hmac.compare_digest(code, one) for one in known)


def _window(moment: datetime) -> int:
    return int(moment.timestamp() // WINDOW.total_seconds())


def _code(keys: Keys, place_id: UUID, window: int) -> str:
    digest = hmac.new(keys.fingerprint_key, f"site_code:{place_id.hex}:{window}".encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"
