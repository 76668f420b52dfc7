"""CORS for the origins in the settings, without cookies."""

from collections.abc import Sequence
from typing import Any

REQUEST_HEADERS = ("Accept-Language", "Authorization", "Content-Type", "If-Match", "Sent-At", "X-Request-Id")
RESPONSE_HEADERS = ("Content-Language", "ETag", "Retry-After", "X-Request-Id")


def cross_origin(origins: Sequence[str]) -> dict[str, Any]:
    """Return the options of the CORS middleware for these origins."""
    return {
        "allow_origins": list(origins),
        "allow_methods": ["GET", "PUT", "POST", "PATCH", "DELETE"],
        "allow_headers": list(REQUEST_HEADERS),
        "expose_headers": list(RESPONSE_HEADERS),
        "allow_credentials": False,
        "max_age": 600,
    }
