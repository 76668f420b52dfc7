"""Fixtures: a person with a login, and the requests of that person's phone."""

from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate
from schemas.identity.organisations import Role
from service.foundation.events.actors import SYSTEM
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth import passwords
from service.identity.auth.actions import set_credential
from service.identity.people.tables import Person
from tests import build
from tests.build.county import county, somebody
from tests.conftest import Caller, FakeClock

__all__ = ["PASSWORD", "Account", "an_account", "county", "events_of"]
PASSWORD = "correct horse battery"


@dataclass
class Account:
    """A person with a login, and the requests that use it."""

    person: Person
    login: str
    api: Caller

    async def sign_in(self, password: str = PASSWORD, **fields: Any) -> httpx.Response:
        body = {"login": self.login, "password": password} | fields
        return await self.api.post("/v1/auth/tokens", json=body)

    async def sign_in_on_device(self, device_id: object = None, **fields: Any) -> dict[str, Any]:
        """Sign in on the device with this id, or on a new device, and return the answer."""
        answer = await self.sign_in(device={"id": str(device_id or new_id()), "name": "我的手机"}, **fields)
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
    """A person with a self-chosen login. With a role, the person is posted in a new organisation."""
    if person:
        pass
    elif role:
        person = await somebody(session, role, await build.an_organisation(session))
    else:
        person = await build.a_person(session)
    account = Account(person, f"login-{person.id}", api)
    body = CredentialUpdate(login=account.login, password=PASSWORD)
    await set_credential(session, resources.passwords, person, body, now=clock(), by=SYSTEM)
    await session.commit()
    return account


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"second_factor_roles": ("personnel_organ",)})


@pytest.fixture
async def account(session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock) -> Account:
    return await an_account(session, api, resources, clock)


def events_of(settings: Settings, person_id: object) -> list[tuple[str, dict[str, Any]]]:
    """(name, payload) of every event of the person, oldest first."""
    with psycopg.connect(settings.owner_database_url) as connection:
        return connection.execute(
            "SELECT name, payload FROM event WHERE %s = ANY (person_ids) ORDER BY id", [person_id]
        ).fetchall()


@pytest.fixture
def nothing_counted(settings: Settings) -> None:
    """Delete all counted attempts before the test."""
    with psycopg.connect(settings.owner_database_url) as connection:
        connection.execute("DELETE FROM sign_in_attempt")


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were verified with the hasher, in order."""
    verified: list[str] = []
    verify = passwords.HASHER.verify

    def recording_verify(password: str, stored: str) -> bool:
        verified.append(password)
        return verify(password, stored)

    monkeypatch.setattr(passwords.HASHER, "verify", recording_verify)
    return verified
