"""What breaks a client is found, what only adds is not (`additive.py`)."""

from copy import deepcopy
from typing import Any

import pytest

from tests.architecture.additive import breaks

ASKED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 200, "minLength": 1},
        "kind": {"type": "string", "enum": ["community", "village"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    },
}
ANSWERED = {
    "type": "object",
    "required": ["id", "state", "ended_at"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "state": {"type": "string", "enum": ["open", "ended"]},
        "ended_at": {"type": "string", "format": "date-time"},
        "below": {"type": "array", "items": {"$ref": "#/components/schemas/Answered"}},
    },
}


def content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/visits/{id}": {
            "put": {
                "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200}}],
                "requestBody": {"required": True, "content": content("RequestModel")},
                "responses": {"201": {"content": content("Answered")}, "404": {}},
            }
        }
    },
    "components": {"schemas": {"RequestModel": ASKED, "Answered": ANSWERED}},
}
PUT = ("paths", "/visits/{id}", "put")
IN, OUT = ("components", "schemas", "RequestModel"), ("components", "schemas", "Answered")
GONE = object()


def changed(*where: str | int, to: Any) -> dict[str, Any]:
    """The document with one thing in another state, or gone."""
    document = deepcopy(DOCUMENT)
    node = document
    for part in where[:-1]:
        node = node[part]  # type: ignore[index]  # the last list is reached by number
    if to is GONE:
        del node[where[-1]]  # type: ignore[arg-type]  # as above
    else:
        node[where[-1]] = to  # type: ignore[index]  # as above
    return document


BREAKS: list[tuple[tuple[str | int, ...], Any, str]] = [
    (("paths", "/visits/{id}"), GONE, "PUT /visits/{id}: removed"),
    (PUT, GONE, "PUT /visits/{id}: removed"),
    ((*PUT, "responses", "404"), GONE, "answer 404: removed"),
    ((*PUT, "security"), [{"bearer": []}], "security: a token is now required"),
    ((*PUT, "parameters"), [], "query limit: removed"),
    ((*PUT, "parameters", 0, "required"), True, "query limit: now required"),
    ((*PUT, "parameters", 0, "schema", "maximum"), 100, "query limit: maximum from 200 to 100"),
    ((*PUT, "requestBody", "content"), {}, "request: no longer application/json"),
    ((*IN, "required"), ["name", "kind"], "request.kind: now required"),
    ((*IN, "properties", "note"), GONE, "request.note: removed"),
    ((*IN, "properties", "note"), {"type": "string"}, "request.note: no longer takes null"),
    ((*IN, "properties", "name", "type"), "integer", "request.name: no longer takes string"),
    ((*IN, "properties", "name", "maxLength"), 50, "request.name: maxLength from 200 to 50"),
    ((*IN, "properties", "name", "minLength"), 2, "request.name: minLength from 1 to 2"),
    ((*IN, "properties", "name", "pattern"), "^a", "request.name: pattern from None to ^a"),
    ((*IN, "properties", "kind", "enum"), ["village"], "request.kind: no longer takes community"),
    ((*OUT, "properties", "state"), GONE, "answer 201.state: removed"),
    ((*OUT, "required"), ["id", "state"], "answer 201.ended_at: may now be missing"),
    ((*OUT, "properties", "id", "format"), "uri", "answer 201.id: may now be string uri"),
    (
        (*OUT, "properties", "ended_at"),
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        "answer 201.ended_at: may now be null",
    ),
]
ADDITIONS: list[tuple[tuple[str | int, ...], Any]] = [
    (("paths", "/places"), {"get": {"responses": {}}}),
    ((*PUT, "responses", "409"), {}),
    ((*PUT, "parameters", 0, "schema", "maximum"), 500),
    ((*IN, "properties", "more"), {"type": "string"}),
    ((*IN, "properties", "name", "maxLength"), 500),
    ((*IN, "properties", "kind", "enum"), ["community", "village", "school"]),
    ((*IN, "required"), []),
    ((*OUT, "properties", "more"), {"type": "string"}),
    ((*OUT, "properties", "state", "enum"), ["open", "ended", "confirmed"]),
    ((*OUT, "description"), "Said better."),
]


@pytest.mark.parametrize(("where", "to", "told"), BREAKS, ids=[told for _, _, told in BREAKS])
def test_a_break_is_told(where: tuple[str | int, ...], to: Any, told: str) -> None:
    found = breaks(DOCUMENT, changed(*where, to=to))

    assert any(one.endswith(told) for one in found), found


@pytest.mark.parametrize(("where", "to"), ADDITIONS, ids=[str(where) for where, _ in ADDITIONS])
def test_an_addition_breaks_nobody(where: tuple[str | int, ...], to: Any) -> None:
    assert breaks(DOCUMENT, changed(*where, to=to)) == []


def test_a_schema_under_another_name_breaks_nobody() -> None:
    renamed = deepcopy(DOCUMENT)
    renamed["components"]["schemas"]["Kept"] = renamed["components"]["schemas"]["RequestModel"]
    renamed["paths"]["/visits/{id}"]["put"]["requestBody"]["content"] = content("Kept")

    assert breaks(DOCUMENT, renamed) == []
