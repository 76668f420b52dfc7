"""Around every request, as plain ASGI: its id, one log line (no query: it may hold names), a body too large."""

import re
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from routers.errors import too_large
from service.core.ids import new_id
from service.core.log import logger

REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
PRIVATE = "/p/"
"""Private links: whoever reads the log must not be able to open them."""
QUIET = frozenset({"/livez", "/readyz"})
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


class RequestLine:
    """Gives the request an id (the caller's, if it is a decent one) and writes one line when it is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope["request_id"] = request_id
        status = 500
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*_defaults(message), (b"x-request-id", request_id.encode())]
            await send(message)

        with bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, sending)
            finally:
                if scope["path"] not in QUIET:
                    _log(scope, status, time.perf_counter() - started)


class TooLargeAsProblem:
    """The framework refuses a body too large in plain text; this says it like every other failure."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_replaced = False

        async def sending(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start" and message["status"] == 413:
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


def _defaults(message: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in message["headers"]}
    return [*message["headers"], *((name, value) for name, value in HEADERS if name not in given)]


def _log(scope: Scope, status: int, seconds: float) -> None:
    path = scope["path"]
    if path.startswith(PRIVATE):
        path = PRIVATE + "***"
    logger.info("request", method=scope["method"], path=path, status=status, duration_ms=round(seconds * 1000, 1))
