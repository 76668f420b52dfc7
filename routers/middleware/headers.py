"""The headers that harden every answer, by path: one table. An answer that sets one itself keeps its own."""

from collections.abc import Iterable
from dataclasses import dataclass

Header = tuple[bytes, bytes]

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""For answers that are no page: nothing is loaded, nobody frames them."""
DOCUMENTATION = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'"
)
"""Swagger and Redoc begin with a script within the page; what they show is our own document and nobody's text."""
NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
"""A page with a locate button gets a line of its own below: the phone would ask for nothing otherwise."""
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
    """Where a path differs from `ALWAYS`."""

    prefix: str
    headers: dict[str, str]


DIFFERENT = (
    Different("/docs", {"Content-Security-Policy": DOCUMENTATION}),
    Different("/redoc", {"Content-Security-Policy": DOCUMENTATION}),
    Different("/static-offline-docs/", {"Cache-Control": "public, max-age=86400"}),
    Different("/.well-known/jwks.json", {"Cache-Control": "public, max-age=300"}),
)


class Hardened:
    """The table, made ready once; `only_https` adds HSTS."""

    def __init__(self, *, only_https: bool) -> None:
        always = ALWAYS | ({"Strict-Transport-Security": f"max-age={YEAR_S}"} if only_https else {})
        self._always = _encoded(always)
        self._different = [(one.prefix, _encoded(always | one.headers)) for one in DIFFERENT]

    def added_to(self, path: str, status: int, given: Iterable[Header]) -> list[Header]:
        """The headers of an answer, with those it lacks. A failure is never kept by a cache."""
        wanted = self._always
        if status < 400:
            wanted = next((headers for prefix, headers in self._different if path.startswith(prefix)), wanted)
        row = list(given)
        names = {name for name, _ in row}
        return [*row, *(header for header in wanted if header[0] not in names)]


def _encoded(headers: dict[str, str]) -> list[Header]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
