"""JSON that two readers could take for two things is refused: too deep, or the same name twice in one object.

A gateway that reads the first of two equal names and we the last would let pass what it was to stop (RFC 7493).
"""

import json
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from routers.errors import Texts, said

DEEPEST = 20
"""Levels of nesting; the deepest message of ours, a polygon, has six."""
TOO_DEEP: Texts = (
    "request.too_deep",
    "提交的内容嵌套过深，最多 {limit} 层。请减少层数。",
    "What was sent is nested too deep; at most {limit} levels are allowed. Use fewer.",
)
NAME_TWICE: Texts = (
    "request.name_twice",
    "“{name}”填写了两次。请只保留一个。",
    "{name} was given twice. Keep one.",
)


class NameTwice(ValueError):
    """An object names one thing twice."""


class TooDeep(ValueError):
    """More levels than `DEEPEST`."""


class OneReadingOfJson:
    """Reads a JSON body once before the app does, and refuses what has more than one reading."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_json(scope):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        try:
            check(body or b"")
        except TooDeep:
            await said(Request(scope), 400, TOO_DEEP, limit=DEEPEST)(scope, receive, send)
        except NameTwice as twice:
            await said(Request(scope), 400, NAME_TWICE, name=str(twice))(scope, receive, send)
        else:
            await self.app(scope, _again(body, receive), send)


def check(body: bytes) -> None:
    """Raises TooDeep, NameTwice. What is no JSON at all passes: the app says so better.

    Microseconds for what a phone sends: the levels are walked only where there are brackets enough for them.
    """
    try:
        found = json.loads(body, object_pairs_hook=_object)
    except RecursionError:
        raise TooDeep from None
    except NameTwice:
        raise
    except ValueError:
        return
    if body.count(b"[") + body.count(b"{") > DEEPEST and _is_deeper(found):
        raise TooDeep


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NameTwice(_first_twice(name for name, _ in pairs)[:100])
    return made


def _first_twice(names: Iterable[str]) -> str:
    """One walk, so that a body full of names costs no more than its length."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise AssertionError("asked only when one is there twice")


def _is_deeper(found: Any) -> bool:
    level = [found] if isinstance(found, dict | list) else []
    for _ in range(DEEPEST):
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


async def _whole(receive: Receive) -> bytes | None:
    """The whole body, whose size is limited further out; None when the caller is gone."""
    parts = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """What the app reads: the same body, then whatever else comes."""
    left: list[Message] = [{"type": "http.disconnect"}]
    if body is not None:
        left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay
