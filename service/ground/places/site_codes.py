"""Site codes: six digits that change every ten minutes and prove presence at a place.

The place shows the code; the visitor enters it at the check-in. A code is an HMAC of the place id and the time window
under the deployment's key (like TOTP, RFC 6238), so checking it needs no database access. It is checked against the
time of the check-in, so a code that was entered without a network is still valid when it is sent hours later.
"""

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from service.foundation.crypto import Keys

WINDOW = timedelta(minutes=10)
TOLERANCE = 1
"""How many windows before and after are also accepted: clocks differ, and entering the code takes time."""


def compute_code(keys: Keys, place_id: UUID, at: datetime) -> str:
    """Compute the code of a place at a timestamp."""
    return _code(keys, place_id, _window(at))


def window_end(at: datetime) -> datetime:
    """Return the timestamp at which the next code replaces the current one."""
    return datetime.fromtimestamp((_window(at) + 1) * WINDOW.total_seconds(), tz=UTC)


def verify_code(keys: Keys, place_id: UUID, code: str | None, at: datetime) -> bool | None:
    """Return whether the code was valid at a timestamp, within the tolerance; None when there is no code."""
    if code is None:
        return None
    current = _window(at)
    valid_codes = [_code(keys, place_id, window) for window in range(current - TOLERANCE, current + TOLERANCE + 1)]
    return any(hmac.compare_digest(code, valid_code) for valid_code in valid_codes)


def _window(at: datetime) -> int:
    return int(at.timestamp() // WINDOW.total_seconds())


def _code(keys: Keys, place_id: UUID, window: int) -> str:
    digest = hmac.new(keys.fingerprint_key, f"site_code:{place_id.hex}:{window}".encode(), sha256).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06}"
