"""Refuse ambiguous JSON: nested too deeply, or with the same name twice in one object.

Parsers differ in which of two equal names they use. So a gateway could check one value while this service reads the
other (RFC 7493).
"""

import json
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routers.errors import NAME_TWICE, TOO_DEEP, refused

MAX_DEPTH = 20
"""Levels of nesting; the deepest message of this API, a polygon, has six."""


class NameTwice(ValueError):
    """An object has the same name twice."""


class TooDeep(ValueError):
    """More levels than `MAX_DEPTH`."""


class UnambiguousJson:
    """Read a JSON body before the application does, and refuse an ambiguous one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_json(scope):
            await self.app(scope, receive, send)
            return
        body = await _read_body(receive)
        try:
            check(body or b"")
        except TooDeep:
            await refused(Request(scope), TOO_DEEP, limit=MAX_DEPTH)(scope, receive, send)
        except NameTwice as twice:
            await refused(Request(scope), NAME_TWICE, name=str(twice))(scope, receive, send)
        else:
            await self.app(scope, _replay(body, receive), send)


def check(body: bytes) -> None:
    """Check a body. Raises: TooDeep, NameTwice.

    Malformed JSON passes, because the application reports it in more detail. A usual body costs microseconds: the depth
    is measured only if there are enough brackets.
    """
    try:
        value = json.loads(body, object_pairs_hook=_unique_names)
    except RecursionError:
        raise TooDeep from None
    except NameTwice:
        raise
    except ValueError:
        return
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_too_deep(value):
        raise TooDeep


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise NameTwice(_first_repeated(name for name, _ in pairs)[:100])
    return result


def _first_repeated(names: Iterable[str]) -> str:
    """Return the first repeated name, in linear time."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("called only with a repeated name")


def _is_too_deep(value: Any) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        parts = (part.values() if type(part) is dict else part for part in level)
        level = [inner for part in parts for inner in part if type(inner) is dict or type(inner) is list]
        if not level:
            return False
    return True


def _is_json(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"content-type":
            kind = value.partition(b";")[0].strip().lower()
            return bool(kind == b"application/json" or kind.endswith(b"+json"))
    return False


async def _read_body(receive: Receive) -> bytes | None:
    """Return the complete body; None if the client has disconnected. An outer middleware limits its size."""
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes | None, receive: Receive) -> Receive:
    """Return a receive channel that delivers the same body again, then the further messages."""
    messages: list[Message] = [{"type": "http.disconnect"}]
    if body is not None:
        messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
