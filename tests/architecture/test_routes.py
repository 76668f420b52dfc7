"""Every endpoint says who may ask, and no list is without a bound."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from routers.app import ROUTERS, document
from routers.guard import Guard

PUBLIC = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("POST", "/v1/auth/tokens"),
    ("POST", "/v1/auth/refreshes"),  # the refresh token is the right
    ("POST", "/v1/auth/password-changes"),  # these three are asked with login and password, before there is a token
    ("POST", "/v1/auth/second-factors"),
    ("POST", "/v1/auth/second-factors/confirmations"),
    ("POST", "/v1/auth/client-tokens"),
    ("POST", "/v1/auth/oauth/token"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/v1/auth/providers"),
    ("POST", "/v1/auth/providers/{provider}/attempts"),
    ("POST", "/v1/auth/providers/{provider}/tokens"),
    ("GET", "/p/{token}"),  # the resident's private link: the token in it is the right
    ("POST", "/p/{token}"),
    ("GET", "/pages"),  # leads to the inbox, which asks for a session
    ("GET", "/pages/sign-in"),
    ("POST", "/pages/sign-in"),
    ("GET", "/pages/password"),
    ("POST", "/pages/password"),  # knows who it is by the old password
    ("GET", "/pages/second-factor"),
    ("POST", "/pages/second-factor"),  # by the password, as over the API
    ("POST", "/pages/second-factor/confirmation"),
    ("GET", "/pages/language"),
}
"""What may be asked without signing in. A line here is a decision."""
LISTS = ("Page_", "FeedPage")


@cache
def routes() -> dict[tuple[str, str], APIRoute]:
    """Every endpoint of ours by method and path."""
    app = FastAPI(openapi_url=None)
    for router in ROUTERS:
        app.include_router(router)
    return {
        (method, context.path or ""): context.original_route
        for context in iter_route_contexts(app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.methods or ()
    }


def guards(dependant: Dependant) -> Iterator[Guard]:
    """The guards anywhere among an endpoint's dependencies."""
    if isinstance(dependant.call, Guard):
        yield dependant.call
    for below in dependant.dependencies:
        yield from guards(below)


def test_every_route_names_exactly_one_permission_or_is_public() -> None:
    held = {key: len(list(guards(route.dependant))) for key, route in routes().items()}

    assert len(held) > 20
    assert {key for key, number in held.items() if number != 1} == PUBLIC
    assert {number for key, number in held.items() if key in PUBLIC} == {0}


def test_every_endpoint_says_in_the_document_that_it_wants_a_token() -> None:
    paths: dict[str, Any] = document()["paths"]
    body = {(method.upper(), path): operation for path, ways in paths.items() for method, operation in ways.items()}

    shown = {key for key, route in routes().items() if route.include_in_schema}
    assert body.keys() == shown
    assert {key for key, operation in body.items() if "security" not in operation} == PUBLIC & shown


def test_every_list_is_bounded() -> None:
    lists = {path: ways["get"] for path, ways in document()["paths"].items() if "get" in ways and _is_list(ways["get"])}
    bounds = {path: _limit(operation) for path, operation in lists.items()}

    assert len(bounds) >= 7
    assert bounds == dict.fromkeys(bounds, (1, 200, 50))


def _is_list(operation: dict[str, Any]) -> bool:
    answer = operation["responses"].get("200", {}).get("content", {})
    schema = answer.get("application/json", {}).get("schema", {})
    return schema.get("type") == "array" or schema.get("$ref", "").rsplit("/", 1)[-1].startswith(LISTS)


def _limit(operation: dict[str, Any]) -> tuple[int, int, int] | None:
    """(least, most, unless told) of the parameter `limit`."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "limit":
            schema = parameter["schema"]
            return schema["minimum"], schema["maximum"], schema["default"]
    return None


def test_every_operation_has_its_own_name_and_a_sentence() -> None:
    operations = [operation for ways in document()["paths"].values() for operation in ways.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(names) > 20
    assert len(set(names)) == len(names)
    assert [operation["operationId"] for operation in operations if not operation.get("description")] == []
