"""Middleware: security headers, host names, CORS, size limits, ambiguous JSON."""

import json
import time

import pytest
from pydantic import ValidationError

from routers.app import create_app
from routers.deps import Resources
from routers.middleware.headers import DIFFERENT, SecurityHeaders
from routers.middleware.json import MAX_DEPTH, NameTwice, TooDeep, check
from service.foundation.settings import Settings
from tests.conftest import Caller, caller


def api_with(resources: Resources, **changes: object) -> Caller:
    """Return the API with changed settings."""
    settings = Settings.model_validate(resources.settings.model_dump(by_alias=True) | changes)
    other = Resources(settings, resources.keys, resources.clock)
    other.engine, other.reading, other.pool = resources.engine, resources.reading, resources.pool
    return caller(create_app(other), other)


@pytest.mark.parametrize("path", ["/livez", "/v1/visits", "/v1/nothing", "/.well-known/jwks.json", "/p/nobodys-link"])
async def test_every_response_has_security_headers(api: Caller, path: str) -> None:
    headers = (await api.get(path)).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert (headers["referrer-policy"], headers["cross-origin-opener-policy"]) == ("no-referrer", "same-origin")
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers


async def test_internal_error_has_security_headers_and_request_id(resources: Resources) -> None:
    app = create_app(resources)

    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError

    response = await caller(app, resources).get("/fails", headers={"x-request-id": "phone-7"})

    assert (response.status_code, response.headers["x-request-id"]) == (500, "phone-7")
    assert (response.headers["x-frame-options"], response.headers["cache-control"]) == ("DENY", "no-store")


async def test_documentation_may_run_only_its_own_script(api: Caller) -> None:
    for path in ("/docs", "/redoc"):
        page = await api.get(path)
        policy = page.headers["content-security-policy"]

        assert page.status_code == 200
        assert "script-src 'self' 'unsafe-inline'" in policy
        assert "http" not in policy


async def test_only_public_responses_without_error_are_cacheable(api: Caller) -> None:
    public = await api.get("/.well-known/jwks.json")
    page = await api.get("/docs")
    refused = await api.post("/.well-known/jwks.json")

    assert public.headers["cache-control"] == "public, max-age=300"
    assert (page.headers["cache-control"], refused.headers["cache-control"]) == ("no-store", "no-store")


def test_security_headers_differ_only_for_listed_paths() -> None:
    security_headers = SecurityHeaders(only_https=False)

    plain = dict(security_headers.added_to("/v1/visits", 200, []))
    listed = [dict(security_headers.added_to(rule.prefix, 200, [])) for rule in DIFFERENT]

    assert len(DIFFERENT) == len({rule.prefix for rule in DIFFERENT}) >= 4
    assert all(headers.keys() == plain.keys() and headers != plain for headers in listed)


async def test_hsts_is_sent_only_with_an_https_public_url(api: Caller, resources: Resources) -> None:
    by_tls = api_with(resources, public_url="https://grassroots.test")

    assert "strict-transport-security" not in (await api.get("/livez")).headers
    assert "max-age=31536000" in (await by_tls.get("/livez")).headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("grassroots.example", 401),
        ("GRASSROOTS.example:8443", 401),
        ("desk.example", 401),
        ("[::1]:8000", 401),
        ("evil.example", 400),
        ("grassroots.example.evil.example", 400),
        ("grassroots.example@evil.example", 400),
        ("", 400),
    ],
)
async def test_unknown_host_is_refused_in_production(resources: Resources, host: str, status: int) -> None:
    names = {"public_url": "https://grassroots.example", "allowed_hosts": "desk.example,::1"}
    production = api_with(resources, environment="production", **names)

    response = await production.get("/v1/visits", headers={"host": host})

    assert response.status_code == status, response.text
    assert (await production.get("/livez", headers={"host": host})).status_code == 200


async def test_two_host_headers_are_refused(resources: Resources) -> None:
    production = api_with(resources, environment="production", public_url="https://grassroots.example")

    response = await production.get("/v1/visits", headers=[("host", "grassroots.example"), ("host", "evil.example")])

    assert response.json()["code"] == "request.host_unknown"


async def test_cors_allows_only_configured_origins(api: Caller, resources: Resources) -> None:
    headers = {"origin": "https://desk.example", "access-control-request-method": "PUT"}
    with_cors = api_with(resources, cors_origins="https://desk.example")

    without_cors = await api.options("/v1/visits", headers=headers)
    allowed = await with_cors.options("/v1/visits", headers=headers | {"access-control-request-headers": "if-match"})
    other = await with_cors.options("/v1/visits", headers=headers | {"origin": "https://evil.example"})

    assert not [name for name in without_cors.headers if name.startswith("access-control")]
    assert allowed.headers["access-control-allow-origin"] == "https://desk.example"
    assert "access-control-allow-credentials" not in allowed.headers
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://*.example", "https://desk.example/", "desk.example", "https://u:p@desk.example"]
)
def test_invalid_origin_setting_is_refused(settings: Settings, origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=origin)


async def test_headers_or_url_over_the_limit_are_refused(api: Caller) -> None:
    head = await api.get("/v1/visits", headers={"x-padding": "x" * 40_000})
    address = await api.get("/v1/visits", params={"cursor": "x" * 9_000})

    assert (head.status_code, head.json()["code"]) == (431, "request.head_too_large")
    assert (address.status_code, address.json()["code"]) == (414, "request.address_too_long")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "request.too_deep"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "request.too_deep"),
        (b"[" * 900_000, "request.too_deep"),
        (b'{"login": "a", "password": "b", "login": "c"}', "request.name_twice"),
        (b'{"login": "a", "password": {"x": 1, "\\u0078": 2}}', "request.name_twice"),
    ],
)
async def test_ambiguous_json_is_refused(api: Caller, content: bytes, code: str) -> None:
    for kind in ("application/json", "application/JSON; charset=utf-8", "application/merge+json"):
        response = await api.post("/v1/auth/tokens", content=content, headers={"content-type": kind})

        assert (response.status_code, response.json()["code"]) == (400, code)


async def test_json_with_many_brackets_in_texts_is_accepted(api: Caller) -> None:
    body = {"login": "[[[[" * 20, "password": "{" * 100}

    assert (await api.post("/v1/auth/tokens", json=body)).status_code == 401
    check(json.dumps([{"a": [1]}] * 1000).encode())
    with pytest.raises(TooDeep):
        check(b'{"a": "[[", "b": ' + b"[" * 40 + b"]" * 40 + b"}")
    with pytest.raises(NameTwice, match="x"):
        check(b'[{"x": 1, "x": 1}]')


def test_json_check_with_many_names_takes_linear_time() -> None:
    names = ",".join(f'"{number:x}":1' for number in range(100_000))
    content = f'{{{names},"last":1,"last":2}}'.encode()

    with pytest.raises(NameTwice, match="last"):
        check(content)  # quadratic time would take minutes


def test_json_check_of_a_check_in_takes_microseconds() -> None:
    position = {"longitude_deg": 118.80637, "latitude_deg": 32.04102, "accuracy_m": 15, "datum": "gcj02"}
    body = json.dumps({"place_id": "x" * 36, "checked_in_at": "2026-11-22T10:00:00+08:00", "position": position})
    content = body.encode()

    fastest_s = min(_measure_check_s(content) for _ in range(200))

    assert fastest_s < 0.000_1


def _measure_check_s(content: bytes) -> float:
    started = time.perf_counter()
    check(content)
    return time.perf_counter() - started
