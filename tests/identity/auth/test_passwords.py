"""Passwords: one set by an administrator must be changed first; a change needs the old one."""

import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock
from tests.identity.auth.conftest import PASSWORD, Account, an_account, events_of

NEW = "another battery staple"


async def change(account: Account, new: str = NEW, old: str = PASSWORD, **fields: str) -> int:
    body = {"login": account.login, "password": old, "new_password": new} | fields
    return (await account.api.post("/v1/auth/password-changes", json=body)).status_code


async def test_password_set_by_administrator_must_be_changed_first(county: County, api: Caller) -> None:
    cadre = Account(county.cadre, new_id().hex, api)
    credential = {"login": cadre.login, "password": PASSWORD}
    await api.as_(county.administrator).put(f"/v1/people/{county.cadre.id}/credential", json=credential)

    refused = await cadre.sign_in()
    changed = await change(cadre)

    assert (refused.status_code, refused.json()["code"]) == (403, "auth.password_change_needed")
    assert changed == 204
    assert (await cadre.sign_in()).status_code == 401
    assert (await cadre.sign_in(NEW)).status_code == 200


async def test_password_change_signs_out_all_devices_and_emits_events(account: Account, settings: Settings) -> None:
    signed_in = await account.sign_in_on_device()

    assert await change(account) == 204

    assert (await account.refresh(signed_in["refresh_token"])).json()["code"] == "auth.device_revoked"
    assert [name for name, _ in events_of(settings, account.person.id)][-2:] == ["credential.changed", "device.revoked"]
    assert "auth.password_changed" in [action for action, _ in access_log(settings, account.person.id)]


async def test_password_change_keeps_current_device_signed_in(account: Account) -> None:
    here, other = await account.sign_in_on_device(), await account.sign_in_on_device()
    body = {"login": account.login, "password": PASSWORD, "new_password": NEW}

    answer = await account.api.post("/v1/me/password-changes", json=body, headers=account.bearer(here))

    assert answer.status_code == 204
    assert (await account.refresh(other["refresh_token"])).status_code == 401
    assert (await account.refresh(here["refresh_token"])).status_code == 200


async def test_signed_in_person_cannot_change_password_of_another(
    account: Account, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    other = await an_account(session, api, resources, clock)
    body = {"login": other.login, "password": PASSWORD, "new_password": NEW}

    answer = await api.post(
        "/v1/me/password-changes", json=body, headers=account.bearer((await account.sign_in()).json())
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_failed")
    assert (await other.sign_in()).status_code == 200


async def test_one_of_parallel_password_changes_succeeds(account: Account) -> None:
    statuses = await asyncio.gather(*(change(account, f"{NEW} {number}") for number in range(4)))

    sign_ins = [(await account.sign_in(f"{NEW} {number}")).status_code for number in range(4)]
    assert statuses.count(204) == sign_ins.count(200) == 1
    assert statuses.index(204) == sign_ins.index(200)


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        (PASSWORD, "same"),
        ("{login}-2026", "holds_login"),
        ("{LOGIN}!", "holds_login"),
        ("123456789012", "common"),
        ("P@ssw0rd2026", "common"),
        ("aaaaaaaaaaaaaa", "common"),
        ("121212121212", "common"),
    ],
)
async def test_weak_password_is_refused_with_reason(account: Account, new: str, reason: str) -> None:
    new = new.format(login=account.login, LOGIN=account.login.upper())
    body = {"login": account.login, "password": PASSWORD, "new_password": new}

    answer = await account.api.post("/v1/auth/password-changes", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "auth.password_unfit")
    assert answer.json()["facts"] == {"reason": reason}
    assert new not in answer.text


async def test_weak_password_set_by_administrator_is_refused(county: County, api: Caller) -> None:
    body = {"login": "somebody", "password": "somebody-2026"}

    answer = await api.as_(county.administrator).put(f"/v1/people/{county.cadre.id}/credential", json=body)

    assert answer.json()["code"] == "auth.password_unfit"


async def test_failed_password_changes_lock_the_account(account: Account) -> None:
    tries = [await change(account, old="wrong") for _ in range(6)]

    assert tries == [401] * 5 + [429]
    assert (await account.sign_in()).status_code == 429


async def test_ended_login_is_refused_until_it_is_set_again(
    county: County, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock, settings: Settings
) -> None:
    cadre = await an_account(session, api, resources, clock, person=county.cadre)
    signed_in, administrator = await cadre.sign_in_on_device(), api.as_(county.administrator)
    url = f"/v1/people/{county.cadre.id}/credential"

    ended = [(await administrator.delete(url)).status_code for _ in range(2)]
    refused = await cadre.sign_in()
    await administrator.put(url, json={"login": cadre.login, "password": NEW})

    assert (ended, refused.status_code) == ([204, 204], 401)
    assert (await cadre.refresh(signed_in["refresh_token"])).status_code == 401
    assert (await cadre.sign_in(NEW)).json()["code"] == "auth.password_change_needed"
    assert [name for name, _ in events_of(settings, county.cadre.id)].count("credential.ended") == 1
