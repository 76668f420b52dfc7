"""What a client that was written yesterday would stumble over today: the breaks between two OpenAPI documents.

A request may be asked for less and allowed more; an answer may say more and must say all it said before. A document
is compared operation by operation, schemas with their references resolved, so renaming a schema breaks nobody.
"""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")


def breaks(before: Json, now: Json) -> list[str]:
    """Every break, as `METHOD /path where: what`; empty when `now` only adds."""
    return sorted(set(_document(before, now)))


def _document(before: Json, now: Json) -> Iterator[str]:
    for path, ways in before["paths"].items():
        for method in METHODS:
            if method in ways:
                operation = now["paths"].get(path, {}).get(method)
                if operation is None:
                    yield f"{method.upper()} {path}: removed"
                else:
                    for what in _operation(Pair(before, now), ways[method], operation):
                        yield f"{method.upper()} {path} {what}"


class Pair:
    """The two documents, to follow references in, and the pairs of schemas that are being compared."""

    def __init__(self, before: Json, now: Json) -> None:
        self.before, self.now = before, now
        self.open: set[tuple[str, str]] = set()


def _resolved(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def _operation(pair: Pair, before: Json, now: Json) -> Iterator[str]:
    if "security" in now and "security" not in before:
        yield "security: a token is now required"
    yield from _parameters(pair, before, now)
    yield from _request(pair, before.get("requestBody"), now.get("requestBody"))
    for status, answer in before.get("responses", {}).items():
        row = now.get("responses", {}).get(status)
        if row is None:
            yield f"answer {status}: removed"
            continue
        yield from _contents(pair, answer, row, f"answer {status}", is_asked=False)


def _parameters(pair: Pair, before: Json, now: Json) -> Iterator[str]:
    known = {(one["in"], one["name"].lower()): one for one in before.get("parameters", [])}
    body = {(one["in"], one["name"].lower()): one for one in now.get("parameters", [])}
    for key in known.keys() - body.keys():
        yield f"{key[0]} {key[1]}: removed"
    for key, one in body.items():
        where = f"{key[0]} {key[1]}"
        if one.get("required") and not known.get(key, {}).get("required"):
            yield f"{where}: now required"
        if key in known:
            yield from _schema(pair, known[key]["schema"], one["schema"], where, is_asked=True)


def _request(pair: Pair, before: Json | None, now: Json | None) -> Iterator[str]:
    if now is None:
        if before is not None:
            yield "request: removed"
        return
    if before is None:
        if now.get("required"):
            yield "request: now required"
        return
    yield from _contents(pair, before, now, "request", is_asked=True)


def _contents(pair: Pair, before: Json, now: Json, where: str, *, is_asked: bool) -> Iterator[str]:
    for media, content in before.get("content", {}).items():
        row = now.get("content", {}).get(media)
        if row is None:
            yield f"{where}: no longer {media}"
        else:
            yield from _schema(pair, content.get("schema", {}), row.get("schema", {}), where, is_asked=is_asked)


def _schema(pair: Pair, before: Json, now: Json, where: str, *, is_asked: bool) -> Iterator[str]:
    trail = (str(before), str(now))
    if trail in pair.open:
        return
    pair.open.add(trail)
    before, now = _resolved(pair.before, before), _resolved(pair.now, now)
    yield from _sorts(pair, before, now, where, is_asked=is_asked)
    yield from _limits(before, now, where, is_asked=is_asked)
    yield from _fields(pair, before, now, where, is_asked=is_asked)
    for part in ("items", "additionalProperties"):
        if isinstance(before.get(part), dict) and isinstance(now.get(part), dict):
            yield from _schema(pair, before[part], now[part], f"{where}[]", is_asked=is_asked)
    pair.open.discard(trail)


def _sorts(pair: Pair, before: Json, now: Json, where: str, *, is_asked: bool) -> Iterator[str]:
    """What sorts of value there may be: types, formats, listed values, alternatives."""
    was, is_ = _alternatives(pair.before, before), _alternatives(pair.now, now)
    must_keep, row = (was, is_) if is_asked else (is_, was)
    for sort in must_keep.keys() - row.keys():
        yield f"{where}: {'no longer takes' if is_asked else 'may now be'} {sort}"
    if len(was) > 1 or len(is_) > 1:
        for sort in was.keys() & is_.keys():
            yield from _schema(pair, was[sort], is_[sort], where, is_asked=is_asked)
    listed, lists = _listed(before), _listed(now)
    if lists is not None and is_asked:
        gone = (listed - lists) if listed is not None else {"anything else"}
        yield from (f"{where}: no longer takes {value}" for value in sorted(gone))
    if listed is not None and not is_asked and lists is None:
        yield f"{where}: may now be anything"


def _alternatives(document: Json, schema: Json) -> dict[str, Json]:
    options = schema.get("anyOf") or schema.get("oneOf")
    if not options:
        return {_sort(schema): schema}
    resolved = [_resolved(document, option) for option in options]
    return {_sort(option): option for option in resolved}


def _sort(schema: Json) -> str:
    """A name for what a schema takes: its type and format, and for one of several objects the value of its `kind`."""
    said = str(schema.get("type", "enum" if "enum" in schema else "anything"))
    kinds = [str(one["const"]) for one in schema.get("properties", {}).values() if "const" in one]
    return " ".join([said, *([schema["format"]] if "format" in schema else []), *kinds])


def _listed(schema: Json) -> set[str] | None:
    if "const" in schema:
        return {str(schema["const"])}
    return {str(value) for value in schema["enum"]} if "enum" in schema else None


def _limits(before: Json, now: Json, where: str, *, is_asked: bool) -> Iterator[str]:
    """A request's limits may only widen, an answer's only narrow."""
    wide, tight = (before, now) if is_asked else (now, before)
    for names, is_upper in ((UPPER, True), (LOWER, False)):
        for name in names:
            limit = tight.get(name)
            if limit is None:
                continue
            other = wide.get(name)
            if other is None or (limit < other if is_upper else limit > other):
                yield f"{where}: {name} from {before.get(name)} to {now.get(name)}"
    if is_asked and now.get("pattern") != before.get("pattern") and now.get("pattern") is not None:
        yield f"{where}: pattern from {before.get('pattern')} to {now['pattern']}"
    if is_asked and now.get("additionalProperties") is False and before.get("additionalProperties", True) is not False:
        yield f"{where}: unknown fields are now refused"


def _fields(pair: Pair, before: Json, now: Json, where: str, *, is_asked: bool) -> Iterator[str]:
    had, has = before.get("properties", {}), now.get("properties", {})
    required_then, required_now = set(before.get("required", [])), set(now.get("required", []))
    for name in had.keys() - has.keys():
        yield f"{where}.{name}: removed"
    if is_asked:
        yield from (f"{where}.{name}: now required" for name in required_now - required_then)
    else:
        yield from (f"{where}.{name}: may now be missing" for name in (required_then - required_now) & has.keys())
    for name in had.keys() & has.keys():
        yield from _schema(pair, had[name], has[name], f"{where}.{name}", is_asked=is_asked)
