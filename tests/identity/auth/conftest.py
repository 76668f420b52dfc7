"""Somebody with a login, and what a phone does with it."""

from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth import passwords
from service.identity.auth.actions import set_credential
from service.identity.people.tables import Person
from tests import build
from tests.build.county import county, somebody
from tests.conftest import Caller, FakeClock

__all__ = ["PASSWORD", "Account", "an_account", "county", "told"]
PASSWORD = "correct horse battery"


@dataclass
class Account:
    """A person, the login, and how to use it."""

    person: Person
    login: str
    api: Caller

    async def sign_in(self, password: str = PASSWORD, **said: Any) -> httpx.Response:
        body = {"login": self.login, "password": password} | said
        return await self.api.post("/v1/auth/tokens", json=body)

    async def on_a_device(self, device_id: object = None, **said: Any) -> dict[str, Any]:
        """What signing in on a device (a new one, if none is named) gives."""
        answer = await self.sign_in(device={"id": str(device_id or new_id()), "name": "我的手机"}, **said)
        assert answer.status_code == 200, answer.text
        signed_in: dict[str, Any] = answer.json()
        return signed_in

    async def refresh(self, token: str) -> httpx.Response:
        return await self.api.post("/v1/auth/refreshes", json={"refresh_token": token})

    def bearer(self, signed_in: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {signed_in['access_token']}"}

    async def devices(self, signed_in: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await self.api.get("/v1/me/devices", headers=self.bearer(signed_in))
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


async def an_account(
    session: AsyncSession,
    api: Caller,
    resources: Resources,
    clock: FakeClock,
    role: Role | None = None,
    person: Person | None = None,
) -> Account:
    """A person with a login of the own choice; with a role, posted in an organisation of their own."""
    if person:
        pass
    elif role:
        person = await somebody(session, role, await build.an_organisation(session))
    else:
        person = await build.a_person(session)
    account = Account(person, f"login-{person.id}", api)
    body = CredentialUpdate(login=account.login, password=PASSWORD)
    await set_credential(session, resources.passwords, person, body, now=clock(), by=None)
    await session.commit()
    return account


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"second_factor_roles": ("personnel_organ",)})


@pytest.fixture
async def account(session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock) -> Account:
    return await an_account(session, api, resources, clock)


def told(settings: Settings, person_id: object) -> list[tuple[str, dict[str, Any]]]:
    """(name, payload) of every event about devices and ways in that the person finds, oldest first."""
    with psycopg.connect(settings.owner_database_url) as connection:
        return connection.execute(
            "SELECT name, payload FROM event WHERE %s = ANY (person_ids) ORDER BY id", [person_id]
        ).fetchall()


@pytest.fixture
def nothing_counted(settings: Settings) -> None:
    """Each test begins with nothing counted."""
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("DELETE FROM sign_in_attempt")


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is hashed to be compared."""
    counted: list[str] = []
    verify = passwords.HASHER.verify

    def counting(password: str, stored: str) -> bool:
        counted.append(password)
        return verify(password, stored)

    monkeypatch.setattr(passwords.HASHER, "verify", counting)
    return counted
