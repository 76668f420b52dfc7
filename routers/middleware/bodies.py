"""ASGI middleware for each request: request id, log line, body limits.

The log line has no query string, because it may contain names.
"""

import re
import time
from collections.abc import Mapping

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from routers.errors import INTERNAL, LIMIT, TOO_LARGE, too_large
from routers.middleware.headers import SecurityHeaders
from service.foundation.ids import new_id
from service.foundation.log import logger

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
LONG = 20
"""A path segment of this length that is neither a word nor a UUID may be a secret link, so it is masked in the log."""
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LARGER = {"file": re.compile(r"/v1/imports/[^/]+/file"), "voice": re.compile(r"/v1/transcriptions")}
"""Kind of body → path with a larger limit."""
QUIET = frozenset({"/livez", "/readyz"})


class RequestLog:
    """Add a request id and the security headers, and write one log line.

    A well-formed id from the client is used.
    """

    def __init__(self, app: ASGIApp, security_headers: SecurityHeaders) -> None:
        self.app = app
        self.security_headers = security_headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        status = INTERNAL.status
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = self.security_headers.added_to(scope["path"], status, message["headers"])
                message["headers"] = [*headers, (b"x-request-id", request_id.encode())]
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, sending)
            finally:
                if scope["path"] not in QUIET:
                    _log(scope, status, time.perf_counter() - started)


class FileBodies:
    """A larger body limit for the routes that receive a file or a recording.

    It is inside the general limit; the inner limit counts. These endpoints read the body themselves after they have
    checked the token.
    """

    def __init__(self, app: ASGIApp, limits_bytes: Mapping[str, int]) -> None:
        self.app = app
        self.larger = [
            (LARGER[what], limit, RequestBodyLimitMiddleware(app, limit)) for what, limit in limits_bytes.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for path, limit_bytes, limited in self.larger:
                if path.fullmatch(scope["path"]):
                    scope[LIMIT] = limit_bytes
                    await limited(scope, receive, send)
                    return
        await self.app(scope, receive, send)


class TooLargeProblem:
    """Replace the plain-text response of the framework for a large body by problem details."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def sending(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == TOO_LARGE.status:
                is_replaced = True
                await too_large(Request(scope))(scope, receive, send)
            elif not is_replaced:
                await send(message)

        await self.app(scope, receive, sending)


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return new_id().hex


def _log(scope: Scope, status: int, seconds: float) -> None:
    path = loggable_path(scope["path"])
    logger.info("request", method=scope["method"], path=path, status=status, duration_ms=round(seconds * 1000, 1))


def loggable_path(path: str) -> str:
    """Return the path for the log: shortened, and with secret links masked."""
    return "/".join("***" if _is_secret(part) else part for part in path[:500].split("/"))


def _is_secret(part: str) -> bool:
    return (
        len(part) >= LONG and not UUID.fullmatch(part) and any(letter.isdigit() or letter.isupper() for letter in part)
    )
