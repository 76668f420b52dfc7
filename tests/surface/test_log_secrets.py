"""Log lines of a real server contain no secret and no personal data, also for internal errors."""

import io
import logging
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
from pydantic import BaseModel
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources, WriteSession
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.log import configure_logs
from service.foundation.settings import Settings
from service.identity.auth.tokens import Principal
from tests import build
from tests.conftest import FakeClock
from tests.surface.serving import listening

PASSWORD, LINK, PHONE, NAME = "Korrekt-Pferd-77", "zQ3fLinkLinkLinkLink_9x-AbC", "13912345678", "欧阳小明"


class Number(BaseModel):
    """A model that refuses texts."""

    number: int


@pytest.fixture(scope="module")
def log() -> Iterator[io.StringIO]:
    """The output of all loggers."""
    stream, root = io.StringIO(), logging.getLogger()
    before, level = root.handlers, root.level
    configure_logs(stream=stream)
    yield stream
    root.handlers = before
    root.setLevel(level)


@pytest.fixture(scope="module")
def client(log: io.StringIO, settings: Settings, clock: FakeClock) -> Iterator[httpx.Client]:
    """A client of a server with a few endpoints that fail."""
    app = create_app(Resources.of(settings, clock))

    @app.post("/fails")
    async def fails() -> None:
        raise RuntimeError(f"cannot be reached at {PHONE}, see /p/{LINK}")

    @app.post("/refused-by-a-schema")
    async def by_schema() -> None:
        Number.model_validate({"number": f"{NAME} {PASSWORD}"})

    @app.post("/refused-by-the-database")
    async def by_database(session: WriteSession) -> None:
        statement = sa.text("SELECT CAST(:text AS jsonb)")
        await (await session.connection()).execute(statement, {"text": f'{{"{NAME}": {PASSWORD}'})

    no_reuse = httpx.Limits(max_keepalive_connections=0)  # the server closes the connection after an internal error
    with listening(app) as port, httpx.Client(limits=no_reuse, trust_env=False) as http:
        http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        yield http


@pytest.fixture
async def token(session: AsyncSession, settings: Settings, clock: FakeClock) -> str:
    organ = await build.an_organisation(session)
    person = await build.a_person(session)
    await build.a_posting(session, person, organ, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    return Resources.of(settings, clock).tokens.issue(Principal(person.id, None), clock())


def check(log: io.StringIO, *secrets: str) -> None:
    output = log.getvalue()
    assert '"event": "request"' in output
    assert [secret for secret in (PASSWORD, LINK, PHONE, NAME, *secrets) if secret in output] == []


def test_log_of_sign_ins_has_no_secret(client: httpx.Client, log: io.StringIO) -> None:
    bodies = [
        {"login": PHONE, "password": PASSWORD},
        {"login": [PHONE], "password": {"was": PASSWORD}},
        {"login": NAME, "password": PASSWORD, "refresh_token": LINK},
        {"login": NAME, "password": PASSWORD * 500},
    ]
    responses = [client.post("/v1/auth/tokens", json=body) for body in bodies]
    responses.append(client.post("/v1/auth/tokens", content=f'{{"password": "{PASSWORD}", "password": "b"}}'))

    assert {response.status_code for response in responses} <= {401, 422}
    assert all(PASSWORD not in response.text and LINK not in response.text for response in responses)
    check(log)


def test_log_of_tokens_and_private_links_has_no_secret(client: httpx.Client, log: io.StringIO, token: str) -> None:
    client.get("/v1/organisations", headers={"Authorization": f"Bearer {token}"})
    client.get("/v1/organisations", headers={"Authorization": f"Bearer {token[:-4]}AAAA", "Cookie": f"s={LINK}"})
    for path in (f"/p/{LINK}", f"//p/{LINK}", f"/P/{LINK}", f"/p/{LINK}/x", f"/x?token={LINK}&phone={PHONE}"):
        client.get(path)

    check(log, token, token.rpartition(".")[2])
    assert "/p/***" in log.getvalue()


def test_log_of_names_and_contacts_has_no_personal_data(client: httpx.Client, log: io.StringIO, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    problem = {"place_id": str(new_id()), "category_code": "x", "description": NAME, "contact": {"phone": PHONE}}
    client.put(f"/v1/problems/{new_id()}", json=problem, headers=headers)
    client.put(f"/v1/people/{new_id()}", json={"name": NAME, "mobile": PHONE}, headers=headers)
    client.put(f"/v1/people/{new_id()}/credential", json={"login": NAME, "password": PASSWORD}, headers=headers)

    check(log)


@pytest.mark.parametrize("path", ["/fails", "/refused-by-a-schema", "/refused-by-the-database"])
def test_log_of_internal_errors_has_no_secret(client: httpx.Client, log: io.StringIO, path: str) -> None:
    response = client.post(path)

    assert response.status_code == 500
    assert NAME not in response.text
    assert "Traceback" in log.getvalue()
    check(log)
