"""A password ends while a sign-in with it runs: no device stays signed in."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate, SignIn
from schemas.identity.devices import DeviceCreate, RevokedBecause
from service.foundation.db import transaction
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.ids import new_id
from service.identity.auth import actions, devices, sign_in
from service.identity.auth.tables import Credential
from tests.conftest import FakeClock
from tests.identity.auth.conftest import PASSWORD, Account

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
Writer = Callable[[AsyncSession], Awaitable[Any]]
Until = Callable[["asyncio.Task[Any]"], Awaitable[None]]


@pytest.fixture
def until_it_waits(admin_url: str, database: str) -> Until:
    """Wait until the task waits for a lock or is done.

    Only an administrator sees the waits of other connections.
    """

    async def until(task: "asyncio.Task[Any]") -> None:
        async with await psycopg.AsyncConnection.connect(admin_url, autocommit=True) as connection:
            async with asyncio.timeout(10):
                while not task.done() and (await (await connection.execute(WAITING, [database])).fetchone()) == (0,):
                    await asyncio.sleep(0.01)

    return until


@pytest.fixture(params=["ended", "set", "changed"])
def writer(request: pytest.FixtureRequest, account: Account, resources: Resources, clock: FakeClock) -> Writer:
    """Ends, sets or changes the password, and signs the devices out."""
    person, passwords, now = account.person, resources.passwords, clock()

    async def ended(session: AsyncSession) -> None:
        await actions.end_credential(session, person.id, by=SYSTEM, now=now)

    async def set_again(session: AsyncSession) -> None:
        body = CredentialUpdate(login=account.login, password="another " + PASSWORD)
        await actions.set_credential(session, passwords, person, body, now=now, by=SYSTEM)

    async def changed(session: AsyncSession) -> None:
        old = (await session.exec(select(Credential.password_hash).where(Credential.person_id == person.id))).one()
        await actions.renew_password(session, passwords, person.id, old, "another " + PASSWORD, now)
        await devices.revoke(
            session, person.id, RevokedBecause.PASSWORD_CHANGED, by=EventActor.person(person.id), now=now
        )

    return {"ended": ended, "set": set_again, "changed": changed}[request.param]


async def test_sign_in_waiting_for_password_end_fails(
    account: Account, resources: Resources, writer: Writer, until_it_waits: Until
) -> None:
    device = {"id": str(new_id()), "name": "别人的手机"}
    async with transaction(resources.engine) as ending:
        await writer(ending)
        arriving = asyncio.create_task(account.sign_in(device=device))
        await until_it_waits(arriving)
    answer = await arriving

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_failed")


async def test_password_end_waits_for_sign_in_and_signs_it_out(
    account: Account, resources: Resources, clock: FakeClock, writer: Writer, until_it_waits: Until
) -> None:
    async def end() -> None:
        async with transaction(resources.engine) as ending:
            await writer(ending)

    request = SignIn(login=account.login, password=PASSWORD, device=DeviceCreate(id=new_id(), name="别人的手机"))
    async with transaction(resources.engine) as arriving:
        signed_in = await sign_in.sign_in(
            resources.pool, arriving, resources.sign_in_tools, request, "192.0.2.7", clock()
        )
        ending = asyncio.create_task(end())
        await until_it_waits(ending)
        was_done = ending.done()
    await ending

    refused = await account.refresh(str(signed_in.refresh_token))
    assert (was_done, refused.json()["code"]) == (False, "auth.device_revoked")
