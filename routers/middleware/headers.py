"""The security headers of all responses, as a table by path.

A header that the response sets itself is kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from routers.errors import is_failure

Header = tuple[bytes, bytes]

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For responses that are no page: they load nothing, and no page may frame them."""
DOCUMENTATION = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'"
)
"""Swagger and Redoc need an inline script; they show only our own OpenAPI document."""
NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
"""A page that uses the position of the device needs its own entry in `DIFFERENT`."""
YEAR_S = 365 * 86_400

ALWAYS = {
    "Content-Security-Policy": NOTHING,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers older than frame-ancestors
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": NO_DEVICES,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True)
class Different:
    """The headers of a path that differ from `ALWAYS`."""

    prefix: str
    headers: dict[str, str]


DIFFERENT = (
    Different("/docs", {"Content-Security-Policy": DOCUMENTATION}),
    Different("/redoc", {"Content-Security-Policy": DOCUMENTATION}),
    Different("/static-offline-docs/", {"Cache-Control": "public, max-age=86400"}),
    Different("/.well-known/jwks.json", {"Cache-Control": "public, max-age=300"}),
)


class SecurityHeaders:
    """The encoded header table. `only_https` adds HSTS."""

    def __init__(self, *, only_https: bool) -> None:
        always = ALWAYS | ({"Strict-Transport-Security": f"max-age={YEAR_S}"} if only_https else {})
        self._always = _encode_headers(always)
        self._different = [(rule.prefix, _encode_headers(always | rule.headers)) for rule in DIFFERENT]

    def added_to(self, path: str, status: int, existing: Iterable[Header]) -> list[Header]:
        """Return the headers of a response with the security headers added. No cache may store an error."""
        expected = self._always
        if not is_failure(status):
            expected = next((special for prefix, special in self._different if path.startswith(prefix)), expected)
        headers = list(existing)
        names = {name for name, _ in headers}
        return [*headers, *(header for header in expected if header[0] not in names)]


def _encode_headers(headers: dict[str, str]) -> list[Header]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
