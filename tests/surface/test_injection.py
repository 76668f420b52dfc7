"""Request values are never executed as SQL and never become part of a header or page."""

import socket
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import Caller, FakeClock
from tests.surface.serving import listening

SQL = (
    "'; DROP TABLE visit; --",
    "' OR '1'='1",
    '" OR 1=1 --',
    "\\'; SELECT pg_sleep(5); --",
    "%' UNION SELECT password_hash FROM credential --",
    "{0} {x.__class__} %(id)s %s :id $1",
)
LINES = ("a\r\nSet-Cookie: s=1", "a\nX-Evil: 1", "a\r\n\r\n<script>alert(1)</script>")


@pytest.fixture
async def organ(session: AsyncSession) -> Organisation:
    return await build.an_organisation(session)


@pytest.fixture
async def phone(session: AsyncSession, api: Caller, organ: Organisation) -> Caller:
    person = await build.a_person(session)
    await build.a_posting(session, person, organ, Role.SYSTEM_ADMINISTRATOR)
    await build.a_posting(session, person, organ, Role.CADRE)
    await session.commit()
    return api.as_(person)


def requests_with(text: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return requests with the text in path, query, body or header."""
    some_id = new_id()
    place = {"kind": "community", "name": text, "organisation_id": str(some_id)}
    return [
        ("GET", "/v1/places", {"params": {"q": text}}),
        ("GET", "/v1/divisions", {"params": {"parent_code": text}}),
        ("GET", "/v1/visits", {"params": {"cursor": text, "place_id": text}}),
        ("GET", "/v1/problems", {"params": {"state": text}}),
        ("GET", "/v1/visits/" + quote(text, safe=""), {}),
        ("GET", "/p/" + quote(text, safe=""), {}),
        ("PUT", f"/v1/people/{some_id}", {"json": {"name": text}}),
        ("PUT", f"/v1/places/{some_id}", {"json": place}),
        ("PUT", f"/v1/organisations/{some_id}/description", {"json": {"name": text}, "headers": {"If-Match": '"1"'}}),
        ("PUT", f"/v1/visit-purposes/{quote(text, safe='')}", {"json": {"name": text}}),
        ("POST", "/v1/auth/tokens", {"json": {"login": text, "password": text}}),
        (
            "GET",
            "/v1/me/data",
            {"headers": {"If-Match": "x", "X-Request-Id": text.split("\r", maxsplit=1)[0].split("\n", maxsplit=1)[0]}},
        ),
    ]


@pytest.mark.parametrize("text", SQL)
async def test_sql_in_a_text_is_not_executed(phone: Caller, settings: Settings, text: str) -> None:
    for method, path, request in requests_with(text):
        response = await phone.request(method, path, **request)

        assert response.status_code < 500, (path, response.text)
        assert "argon2" not in response.text
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("SELECT 1 FROM visit, credential, person LIMIT 1")


@pytest.mark.parametrize("text", SQL[:4])
async def test_sql_as_login_is_refused(phone: Caller, text: str) -> None:
    response = await phone.post("/v1/auth/tokens", json={"login": text, "password": text})

    assert response.status_code == 401


@pytest.mark.parametrize("text", SQL)
async def test_sql_as_name_is_stored_unchanged(phone: Caller, organ: Organisation, text: str) -> None:
    url = f"/v1/people/{new_id()}"

    response = await phone.put(url, json={"name": text, "organisation_id": str(organ.id)})

    assert (response.status_code, response.json().get("name")) == (201, text)


@pytest.mark.parametrize("text", LINES)
async def test_line_break_in_a_text_adds_no_header(phone: Caller, text: str) -> None:
    for method, path, request in requests_with(text):
        response = await phone.request(method, path, **request)

        assert response.status_code < 500, (path, response.text)
        assert not {"set-cookie", "x-evil"} & set(response.headers)
        assert "<script>alert" not in response.text or response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", [b"/p/a%0d%0aSet-Cookie:%20s=1", b"/v1/visits/%0d%0aX-Evil:1", b"/p/a%0aX-Evil:1", b"/%0d%0aX-Evil:%201"]
)
def test_line_break_in_a_url_adds_no_header(settings: Settings, clock: FakeClock, path: bytes) -> None:
    request = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nX-Request-Id: a\tb\r\nConnection: close\r\n\r\n"
    with (
        listening(create_app(Resources.of(settings, clock))) as port,
        socket.create_connection(("127.0.0.1", port)) as connection,
    ):
        connection.sendall(request % path)
        head = b"".join(iter(lambda: connection.recv(65_536), b"")).partition(b"\r\n\r\n")[0]

    names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert b"x-request-id" in names
    assert not {b"set-cookie", b"x-evil"} & names
