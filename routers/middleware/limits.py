"""ASGI middleware that limits URL and headers and checks the host name, before the body is read."""

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.errors import ADDRESS_TOO_LONG, HEAD_TOO_LARGE, HOST_UNKNOWN, refused

HEAD_LIMIT_BYTES = 32_768
ADDRESS_LIMIT_BYTES = 8_192
"""Maximum length of path and query together. The longest URL of this API has less than 1 kB."""
ANY_HOST = frozenset({"/livez", "/readyz"})
"""Health checks call these paths with any host name, or without one."""
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


class Limits:
    """Refuse a URL or headers over the limit, and an unknown host name.

    `hosts`: the known names, without port, in lower case. None: all names.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else {host.encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = _find_refusal(scope, self.hosts) if scope["type"] == "http" else None
        await (response or self.app)(scope, receive, send)


def _find_refusal(scope: Scope, hosts: set[bytes] | None) -> ASGIApp | None:
    request = Request(scope)
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_LIMIT_BYTES:
        return refused(request, ADDRESS_TOO_LONG, limit_bytes=ADDRESS_LIMIT_BYTES)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_LIMIT_BYTES:
        return refused(request, HEAD_TOO_LARGE, limit_bytes=HEAD_LIMIT_BYTES)
    if hosts is not None and scope["path"] not in ANY_HOST and _host(scope) not in hosts:
        return refused(request, HOST_UNKNOWN)
    return None


def _host(scope: Scope) -> bytes | None:
    """Return the host name of the request; None if it is missing, repeated or malformed."""
    values = [value for name, value in scope["headers"] if name == b"host"]
    match = HOST.fullmatch(values[0]) if len(values) == 1 else None
    return match[1].strip(b"[]").lower() if match else None
