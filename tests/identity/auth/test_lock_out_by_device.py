"""Lock-out by device: a locked account can still be used on a phone where its owner is signed in."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from service.foundation.ids import new_id
from tests.build.county import County
from tests.conftest import Caller, FakeClock
from tests.identity.auth.conftest import Account, an_account

pytestmark = pytest.mark.usefixtures("nothing_counted")


def on_device(device_id: object) -> dict[str, Any]:
    return {"device": {"id": str(device_id), "name": "我的手机"}}


async def fail(account: Account, times: int, **fields: Any) -> list[int]:
    return [(await account.sign_in("wrong", **fields)).status_code for _ in range(times)]


async def test_owner_signs_in_on_known_phone_while_account_is_locked(account: Account) -> None:
    phone = new_id()
    await account.sign_in_on_device(phone)
    await fail(account, 5)

    elsewhere, unknown = await account.sign_in(), await account.sign_in(**on_device(new_id()))
    owner = await account.sign_in(**on_device(phone))

    assert (elsewhere.status_code, unknown.status_code, owner.status_code) == (429, 429, 200)
    assert (await account.sign_in()).status_code == 429  # the lock of the account stays


async def test_failures_on_known_phone_lock_it(account: Account) -> None:
    phone = new_id()
    await account.sign_in_on_device(phone)

    guessed = await fail(account, 7, **on_device(phone))

    assert guessed == [401] * 5 + [429] * 2
    assert (await account.sign_in(**on_device(phone))).status_code == 429
    assert (await account.sign_in()).status_code == 200


async def test_signed_out_or_foreign_phone_counts_for_the_account(
    account: Account, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    phone, foreign = new_id(), new_id()
    signed_in = await account.sign_in_on_device(phone)
    await (await an_account(session, api, resources, clock)).sign_in_on_device(foreign)
    await api.delete(f"/v1/me/devices/{phone}", headers=account.bearer(signed_in))

    failed = [
        await fail(account, 1, **on_device(device_id)) for device_id in (phone, foreign, new_id(), new_id(), phone)
    ]

    assert failed == [[401]] * 5
    assert [(await account.sign_in(**on_device(device_id))).status_code for device_id in (phone, foreign)] == [429, 429]


async def test_administrator_unlocks_known_phone_too(
    county: County, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    phone = new_id()
    cadre = await an_account(session, api, resources, clock, person=county.cadre)
    await cadre.sign_in_on_device(phone)
    await fail(cadre, 5, **on_device(phone))

    await api.as_(county.administrator).delete(f"/v1/people/{county.cadre.id}/lock")

    assert (await cadre.sign_in(**on_device(phone))).status_code == 200
