"""How much a request may be, and under which name we are asked. As plain ASGI, before anything is read."""

import re
from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from routers.errors import Texts, said

HEAD_LIMIT_BYTES = 32_768
ADDRESS_LIMIT_BYTES = 8_192
"""Path and query together; the longest of ours is below 1 kB."""
WITHOUT_NAME = frozenset({"/livez", "/readyz"})
"""RequestModel by whatever looks after the processes, under any name or none."""
HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")

ADDRESS_TOO_LONG: Texts = (
    "request.address_too_long",
    "请求地址过长，上限 {limit_bytes} 字节。",
    "The address is too long; at most {limit_bytes} bytes.",
)
HEAD_TOO_LARGE: Texts = (
    "request.head_too_large",
    "请求头过大，上限 {limit_bytes} 字节。",
    "The headers are too large; at most {limit_bytes} bytes.",
)
HOST_UNKNOWN: Texts = (
    "request.host_unknown",
    "此服务不使用这个主机名。",
    "This service is not asked under that host name.",
)


class Limits:
    """Refuses an address or a head too large, and a host name that is not ours.

    `hosts`: the names we answer to, without port, in lower case; None: any.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str] | None) -> None:
        self.app = app
        self.hosts = None if hosts is None else {host.encode() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = _refused(scope, self.hosts) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)


def _refused(scope: Scope, hosts: set[bytes] | None) -> ASGIApp | None:
    request = Request(scope)
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > ADDRESS_LIMIT_BYTES:
        return said(request, 414, ADDRESS_TOO_LONG, limit_bytes=ADDRESS_LIMIT_BYTES)
    if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD_LIMIT_BYTES:
        return said(request, 431, HEAD_TOO_LARGE, limit_bytes=HEAD_LIMIT_BYTES)
    if hosts is not None and scope["path"] not in WITHOUT_NAME and _host(scope) not in hosts:
        return said(request, 400, HOST_UNKNOWN)
    return None


def _host(scope: Scope) -> bytes | None:
    """The one name asked for; None when there is none, or two, or nothing that is a name."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    found = HOST.fullmatch(given[0]) if len(given) == 1 else None
    return found[1].strip(b"[]").lower() if found else None
