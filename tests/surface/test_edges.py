"""What every answer carries and what no request gets past: headers, hosts, origins, sizes, JSON of two readings."""

import json
import time

import pytest
from pydantic import ValidationError

from routers.app import create_app
from routers.deps import Resources
from routers.middleware.headers import DIFFERENT, Hardened
from routers.middleware.json import DEEPEST, NameTwice, TooDeep, check
from service.foundation.settings import Settings
from tests.conftest import Caller, caller


def asked_of(resources: Resources, **changed: object) -> Caller:
    """The API as it is with these settings."""
    settings = Settings.model_validate(resources.settings.model_dump(by_alias=True) | changed)
    other = Resources(settings, resources.keys, resources.clock)
    other.engine, other.reading, other.hot = resources.engine, resources.reading, resources.hot
    return caller(create_app(other), other)


@pytest.mark.parametrize("path", ["/livez", "/v1/visits", "/v1/nothing", "/.well-known/jwks.json", "/p/nobodys-link"])
async def test_every_answer_is_hardened(api: Caller, path: str) -> None:
    headers = (await api.get(path)).headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert (headers["referrer-policy"], headers["cross-origin-opener-policy"]) == ("no-referrer", "same-origin")
    assert "geolocation=()" in headers["permissions-policy"]
    assert "server" not in headers


async def test_a_failure_on_our_side_is_hardened_and_bears_its_id_too(resources: Resources) -> None:
    app = create_app(resources)

    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError

    answer = await caller(app, resources).get("/fails", headers={"x-request-id": "phone-7"})

    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "phone-7")
    assert (answer.headers["x-frame-options"], answer.headers["cache-control"]) == ("DENY", "no-store")


async def test_the_documentation_may_run_its_own_script_and_nothing_from_elsewhere(api: Caller) -> None:
    for path in ("/docs", "/redoc"):
        page = await api.get(path)
        policy = page.headers["content-security-policy"]

        assert page.status_code == 200
        assert "script-src 'self' 'unsafe-inline'" in policy
        assert "http" not in policy


async def test_only_what_is_public_and_no_failure_may_be_kept_by_a_cache(api: Caller) -> None:
    row = await api.get("/.well-known/jwks.json")
    page = await api.get("/docs")
    refused = await api.post("/.well-known/jwks.json")

    assert row.headers["cache-control"] == "public, max-age=300"
    assert (page.headers["cache-control"], refused.headers["cache-control"]) == ("no-store", "no-store")


def test_a_path_differs_from_the_table_only_where_a_line_says_so() -> None:
    hardened = Hardened(only_https=False)

    plain = dict(hardened.added_to("/v1/visits", 200, []))
    named = [dict(hardened.added_to(one.prefix, 200, [])) for one in DIFFERENT]

    assert len(DIFFERENT) == len({one.prefix for one in DIFFERENT}) >= 4
    assert all(headers.keys() == plain.keys() and headers != plain for headers in named)


async def test_only_where_the_outside_comes_by_tls_the_browser_is_told_to_insist(
    api: Caller, resources: Resources
) -> None:
    by_tls = asked_of(resources, public_url="https://grassroots.test")

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
async def test_in_production_only_our_own_names_are_answered(resources: Resources, host: str, status: int) -> None:
    ours = {"public_url": "https://grassroots.example", "allowed_hosts": "desk.example,::1"}
    production = asked_of(resources, environment="production", **ours)

    answer = await production.get("/v1/visits", headers={"host": host})

    assert answer.status_code == status, answer.text
    assert (await production.get("/livez", headers={"host": host})).status_code == 200


async def test_two_host_names_are_none(resources: Resources) -> None:
    production = asked_of(resources, environment="production", public_url="https://grassroots.example")

    answer = await production.get("/v1/visits", headers=[("host", "grassroots.example"), ("host", "evil.example")])

    assert answer.json()["code"] == "request.host_unknown"


async def test_no_other_origin_may_ask_unless_it_is_named(api: Caller, resources: Resources) -> None:
    body = {"origin": "https://desk.example", "access-control-request-method": "PUT"}
    named = asked_of(resources, cors_origins="https://desk.example")

    closed = await api.options("/v1/visits", headers=body)
    opened = await named.options("/v1/visits", headers=body | {"access-control-request-headers": "if-match"})
    other = await named.options("/v1/visits", headers=body | {"origin": "https://evil.example"})

    assert not [name for name in closed.headers if name.startswith("access-control")]
    assert opened.headers["access-control-allow-origin"] == "https://desk.example"
    assert "access-control-allow-credentials" not in opened.headers
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://*.example", "https://desk.example/", "desk.example", "https://u:p@desk.example"]
)
def test_an_origin_that_stands_for_more_than_one_is_no_setting(settings: Settings, origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=origin)


async def test_a_head_or_an_address_too_large_is_refused(api: Caller) -> None:
    head = await api.get("/v1/visits", headers={"x-padding": "x" * 40_000})
    address = await api.get("/v1/visits", params={"cursor": "x" * 9_000})

    assert (head.status_code, head.json()["code"]) == (431, "request.head_too_large")
    assert (address.status_code, address.json()["code"]) == (414, "request.address_too_long")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "request.too_deep"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "request.too_deep"),
        (b"[" * 900_000, "request.too_deep"),
        (b'{"login": "a", "password": "b", "login": "c"}', "request.name_twice"),
        (b'{"login": "a", "password": {"x": 1, "\\u0078": 2}}', "request.name_twice"),
    ],
)
async def test_json_of_two_readings_is_refused(api: Caller, content: bytes, code: str) -> None:
    for kind in ("application/json", "application/JSON; charset=utf-8", "application/merge+json"):
        answer = await api.post("/v1/auth/tokens", content=content, headers={"content-type": kind})

        assert (answer.status_code, answer.json()["code"]) == (400, code)


async def test_wide_and_bracketed_texts_are_not_deep(api: Caller) -> None:
    body = {"login": "[[[[" * 20, "password": "{" * 100}

    assert (await api.post("/v1/auth/tokens", json=body)).status_code == 401
    check(json.dumps([{"a": [1]}] * 1000).encode())
    with pytest.raises(TooDeep):
        check(b'{"a": "[[", "b": ' + b"[" * 40 + b"]" * 40 + b"}")
    with pytest.raises(NameTwice, match="x"):
        check(b'[{"x": 1, "x": 1}]')


def test_a_body_full_of_names_costs_no_more_than_its_length() -> None:
    names = ",".join(f'"{number:x}":1' for number in range(100_000))
    content = f'{{{names},"last":1,"last":2}}'.encode()

    with pytest.raises(NameTwice, match="last"):
        check(content)  # in the square of its length this would take minutes


def test_looking_costs_a_check_in_microseconds() -> None:
    position = {"longitude_deg": 118.80637, "latitude_deg": 32.04102, "accuracy_m": 15, "datum": "gcj02"}
    body = json.dumps({"place_id": "x" * 36, "checked_in_at": "2026-11-22T10:00:00+08:00", "position": position})
    content = body.encode()

    fastest_s = min(_timed(content) for _ in range(200))

    assert fastest_s < 0.000_1


def _timed(content: bytes) -> float:
    started = time.perf_counter()
    check(content)
    return time.perf_counter() - started
