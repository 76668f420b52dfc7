"""Which other origins' scripts may ask: none, unless a setting names them. Never with cookies."""

from collections.abc import Sequence
from typing import Any

ASKED = ("Accept-Language", "Authorization", "Content-Type", "If-Match", "Sent-At", "X-Request-Id")
TOLD = ("Content-Language", "ETag", "Retry-After", "X-Request-Id")


def cross_origin(origins: Sequence[str]) -> dict[str, Any]:
    """The options of the CORS middleware for these exact origins."""
    return {
        "allow_origins": list(origins),
        "allow_methods": ["GET", "PUT", "POST", "PATCH", "DELETE"],
        "allow_headers": list(ASKED),
        "expose_headers": list(TOLD),
        "allow_credentials": False,
        "max_age": 600,
    }
