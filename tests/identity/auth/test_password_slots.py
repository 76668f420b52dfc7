"""Many sign-ins at once wait for a hashing slot and do not block other requests."""

import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from tests import build
from tests.conftest import Caller


@pytest.fixture
async def phone(api: Caller, session: AsyncSession) -> Caller:
    person = await build.a_person(session)
    await session.commit()
    return api.as_(person)


async def test_waiting_sign_ins_hold_no_database_connection(api: Caller, phone: Caller, resources: Resources) -> None:
    bodies = [{"login": f"nobody-{number}", "password": "wrong"} for number in range(70)]
    async with resources.passwords.slot():
        waiting = [asyncio.create_task(api.post("/v1/auth/tokens", json=body)) for body in bodies]
        async with asyncio.timeout(10):
            while sum(task.done() for task in waiting) < 70 - 63:  # the queue is full when one is refused
                await asyncio.sleep(0.02)

        async with asyncio.timeout(3):
            other = await phone.get("/v1/visits")
        refused = [task.result().status_code for task in waiting if task.done()]

    answers = await asyncio.gather(*waiting)
    assert other.status_code == 200
    assert set(refused) == {503}
    assert len(refused) == 70 - 63
    assert {answer.status_code for answer in answers} == {401, 503}
