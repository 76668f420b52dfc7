"""A query parameter that a route does not declare is refused on every route, by its name."""

import re

import pytest

from routers.app import document
from tests.architecture.test_routes import routes
from tests.conftest import Caller

PARAMETER = "colour"
API = sorted((method, path) for method, path in routes() if not path.startswith(("/p/", "/pages")))
PAGES = sorted((method, path) for method, path in routes() if path.startswith(("/p/", "/pages")) and method == "GET")


def test_all_routes_are_covered() -> None:
    described = {(method.upper(), path) for path, methods in document()["paths"].items() for method in methods}

    assert len(API) > 100
    assert len(PAGES) > 5
    assert described <= set(API)


@pytest.mark.parametrize(("method", "path"), API)
async def test_unknown_parameter_is_refused_and_named(api: Caller, method: str, path: str) -> None:
    url = re.sub(r"{\w+}", "1", path)

    response = await api.request(method, url, params={PARAMETER: "red"})

    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert response.json()["code"] == "request.invalid"
    assert response.json()["errors"] == [{"where": f"query.{PARAMETER}", "what": "不认识的字段或参数，请删除"}]


async def test_every_unknown_parameter_is_named_once(api: Caller) -> None:
    response = await api.get("/v1/visits?limit=2&colour=red&size=3&colour=blue")

    assert response.status_code == 422
    assert [error["where"] for error in response.json()["errors"]] == ["query.colour", "query.size"]


async def test_declared_parameters_pass(api: Caller) -> None:
    response = await api.get("/v1/visits?limit=2&cursor=x&place_id=1&state=open")

    assert response.status_code == 401  # known parameters; the token is missing


@pytest.mark.parametrize(("method", "path"), PAGES)
async def test_page_ignores_parameters_appended_by_messengers(api: Caller, method: str, path: str) -> None:
    url = re.sub(r"{\w+}", "1", path)

    response = await api.request(method, url, params={"from": "singlemessage"})

    assert response.status_code != 422


async def test_repeated_parameter_is_refused_and_named(api: Caller) -> None:
    response = await api.get("/v1/visits?limit=1&limit=2")

    assert response.status_code == 422
    assert response.json()["errors"] == [{"where": "query.limit", "what": "这个参数填写了多次，请只保留一个"}]
