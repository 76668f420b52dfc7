"""Every endpoint declares who may call it, and every list has a page limit."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from routers.app import ROUTERS, document
from routers.guard import Guard
from schemas.foundation.common import RequestModel

PUBLIC = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("POST", "/v1/auth/tokens"),
    ("POST", "/v1/auth/refreshes"),  # authenticated by the refresh token
    ("POST", "/v1/auth/password-changes"),  # these three are called with login and password, before there is a token
    ("POST", "/v1/auth/second-factors"),
    ("POST", "/v1/auth/second-factors/confirmations"),
    ("POST", "/v1/auth/client-tokens"),
    ("POST", "/v1/auth/oauth/token"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/v1/auth/providers"),
    ("POST", "/v1/auth/providers/{provider}/attempts"),
    ("POST", "/v1/auth/providers/{provider}/tokens"),
    ("GET", "/p/{token}"),  # the private link of a resident, authenticated by its token
    ("POST", "/p/{token}"),
    ("GET", "/pages"),  # redirects to the inbox, which requires a session
    ("GET", "/pages/sign-in"),
    ("POST", "/pages/sign-in"),
    ("GET", "/pages/password"),
    ("POST", "/pages/password"),  # authenticated by the old password
    ("GET", "/pages/second-factor"),
    ("POST", "/pages/second-factor"),  # authenticated by the password, as in the API
    ("POST", "/pages/second-factor/confirmation"),
    ("GET", "/pages/language"),
}
"""Endpoints without sign-in. Every line here is a decision."""
LISTS = ("Page_", "FeedPage")


@cache
def routes() -> dict[tuple[str, str], APIRoute]:
    """Return all endpoints by method and path."""
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
    """Yield the guards among the dependencies of an endpoint."""
    if isinstance(dependant.call, Guard):
        yield dependant.call
    for below in dependant.dependencies:
        yield from guards(below)


def test_every_route_requires_one_permission_or_is_public() -> None:
    guard_counts = {key: len(list(guards(route.dependant))) for key, route in routes().items()}

    assert len(guard_counts) > 20
    assert {key for key, number in guard_counts.items() if number != 1} == PUBLIC
    assert {number for key, number in guard_counts.items() if key in PUBLIC} == {0}


def test_document_marks_every_endpoint_that_needs_a_token() -> None:
    paths: dict[str, Any] = document()["paths"]
    operations = {
        (method.upper(), path): operation for path, methods in paths.items() for method, operation in methods.items()
    }

    visible = {key for key, route in routes().items() if route.include_in_schema}
    assert operations.keys() == visible
    assert {key for key, operation in operations.items() if "security" not in operation} == PUBLIC & visible


def test_every_list_has_a_page_limit() -> None:
    lists = {path: methods["get"] for path, methods in document()["paths"].items() if _is_list(methods.get("get"))}
    bounds = {path: _limit(operation) for path, operation in lists.items()}

    assert len(bounds) >= 7
    assert bounds == dict.fromkeys(bounds, (1, 200, 50))


def test_every_list_declares_its_parameters_in_one_model() -> None:
    queries = {key: list(_query_fields(route.dependant)) for key, route in routes().items() if route.include_in_schema}
    with_parameters = {key: fields for key, fields in queries.items() if fields}

    assert len(with_parameters) > 30
    for fields in with_parameters.values():
        assert len(fields) == 1
        assert issubclass(fields[0], RequestModel)
        assert fields[0].model_config["extra"] == "forbid"


def _query_fields(dependant: Dependant) -> Iterator[Any]:
    yield from (field.field_info.annotation for field in dependant.query_params)
    for below in dependant.dependencies:
        yield from _query_fields(below)


def _is_list(operation: dict[str, Any] | None) -> bool:
    if operation is None:
        return False
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return schema.get("type") == "array" or schema.get("$ref", "").rsplit("/", 1)[-1].startswith(LISTS)


def _limit(operation: dict[str, Any]) -> tuple[int, int, int] | None:
    """Return (minimum, maximum, default) of the parameter `limit`."""
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "limit":
            schema = parameter["schema"]
            return schema["minimum"], schema["maximum"], schema["default"]
    return None


def test_every_operation_has_a_unique_name_and_a_description() -> None:
    operations = [operation for methods in document()["paths"].values() for operation in methods.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(names) > 20
    assert len(set(names)) == len(names)
    assert [operation["operationId"] for operation in operations if not operation.get("description")] == []
