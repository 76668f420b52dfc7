"""A locked address is refused without hashing and waiting, and is logged once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest

from routers.app import create_app
from routers.deps import Resources
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests.build.county import County
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.conftest import PASSWORD, Account

pytestmark = pytest.mark.usefixtures("nothing_counted")
LOGIN = {"login": "nobody", "password": "wrong"}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "/v1/auth/tokens": LOGIN,
    "/v1/auth/password-changes": LOGIN | {"new_password": "another " + PASSWORD},
    "/v1/auth/second-factors": LOGIN,
    "/v1/auth/second-factors/confirmations": LOGIN | {"code": "123456"},
}


@pytest.fixture
async def strict(settings: Settings, clock: FakeClock) -> AsyncIterator[Resources]:
    """Resources whose settings lock an address after five failures."""
    resources = Resources.of(settings.model_copy(update={"lock_address_failures": 5}), clock)
    await resources.pool.open()
    yield resources
    await resources.pool.close()
    await resources.engine.dispose()


@pytest.fixture
def phone(strict: Resources) -> Caller:
    return caller(create_app(strict), strict)


async def fail(phone: Caller, times: int = 5) -> list[int]:
    bodies = [LOGIN | {"login": f"nobody-{new_id()}"} for _ in range(times)]
    return [(await phone.post("/v1/auth/tokens", json=body)).status_code for body in bodies]


def locked_lines(settings: Settings) -> int:
    with psycopg.connect(settings.owner_database_url) as connection:
        statement = "SELECT count(*) FROM access_log WHERE action = 'auth.sign_in_locked'"
        return int(connection.execute(statement).fetchall()[0][0])


async def test_locked_address_is_refused_at_every_endpoint_without_hashing(phone: Caller, hashes: list[str]) -> None:
    failed = await fail(phone)
    hashes.clear()

    answers = [await phone.post(path, json=body) for path, body in ENDPOINTS.items()]

    assert failed == [401] * 5
    assert [(answer.status_code, answer.json()["code"], answer.headers["retry-after"]) for answer in answers] == [
        (429, "auth.locked", "60")
    ] * 4
    assert hashes == []


async def test_locked_address_takes_no_hashing_slot(phone: Caller, strict: Resources) -> None:
    await fail(phone)

    async with strict.passwords.slot(), asyncio.timeout(3):
        refused = await asyncio.gather(*(fail(phone, 1) for _ in range(70)))

    assert refused == [[429]] * 70


async def test_each_address_lock_is_logged_once(phone: Caller, settings: Settings, clock: FakeClock) -> None:
    before = locked_lines(settings)

    await fail(phone)
    await asyncio.gather(*(fail(phone, 1) for _ in range(9)))
    first = locked_lines(settings)
    clock.move(seconds=60)
    again = await fail(phone, 4)

    assert (first, again, locked_lines(settings)) == (before + 1, [401] + [429] * 3, before + 2)


async def sign_in_as_client(phone: Caller, client_id: str, secret: str) -> list[httpx.Response]:
    """Sign in as a service client, with JSON and with the OAuth form."""
    credentials = {"client_id": client_id, "client_secret": secret}
    form = credentials | {"grant_type": "client_credentials"}
    json_answer = await phone.post("/v1/auth/client-tokens", json=credentials)
    return [json_answer, await phone.post("/v1/auth/oauth/token", data=form)]


async def test_service_client_failures_lock_address_for_clients_only(
    phone: Caller, county: County, account: Account, clock: FakeClock, hashes: list[str]
) -> None:
    path, body = f"/v1/service-clients/{new_id()}", {"organisation_id": str(county.town.id), "name": "考核系统"}
    created = (await phone.as_(county.administrator).put(path, json=body)).json()
    right = created["client"]["id"], created["client_secret"]

    wrong = [answer.status_code for _ in range(3) for answer in await sign_in_as_client(phone, str(new_id()), "wrong")]
    hashes.clear()
    locked = [(answer.status_code, answer.json()["code"]) for answer in await sign_in_as_client(phone, *right)]

    assert (wrong, locked, hashes) == ([401] * 5 + [429], [(429, "auth.locked")] * 2, [])
    assert (await Account(account.person, account.login, phone).sign_in()).status_code == 200
    clock.move(seconds=60)
    assert {answer.status_code for _ in range(6) for answer in await sign_in_as_client(phone, *right)} == {200}
