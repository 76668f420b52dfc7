"""Devices: lost answers are repeatable, a reused refresh token signs the device out."""

import asyncio
from datetime import timedelta

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
from service.identity.auth.actions import set_credential
from tests.build.county import County, access_log, somebody
from tests.conftest import Caller, FakeClock
from tests.identity.auth.conftest import Account, an_account, events_of


async def test_device_stays_signed_in_by_refreshing(account: Account, clock: FakeClock) -> None:
    signed_in = await account.sign_in_on_device()

    for _ in range(5):
        clock.move(days=20)
        answer = await account.refresh(signed_in["refresh_token"])
        signed_in = answer.json()

    assert answer.status_code == 200
    assert (await account.api.get("/v1/visits", headers=account.bearer(signed_in))).status_code == 200


async def test_repeated_refresh_after_lost_answers_keeps_device_signed_in(account: Account, clock: FakeClock) -> None:
    signed_in = await account.sign_in_on_device()

    lost = []
    for seconds in (0, 5, 50, 600, 86_400):
        clock.move(seconds=seconds)
        lost.append((await account.refresh(signed_in["refresh_token"])).json()["refresh_token"])
    following = await account.refresh(lost[-1])

    assert following.status_code == 200
    assert lost[0] == lost[1] == lost[2]
    assert len(set(lost)) == 3
    assert (await account.refresh(following.json()["refresh_token"])).status_code == 200


async def test_delayed_duplicate_refresh_keeps_new_token_valid(account: Account) -> None:
    signed_in = await account.sign_in_on_device()

    received = (await account.refresh(signed_in["refresh_token"])).json()["refresh_token"]
    await account.refresh(signed_in["refresh_token"])

    assert (await account.refresh(received)).status_code == 200


async def test_reused_refresh_token_signs_device_out_and_emits_event(account: Account, settings: Settings) -> None:
    device_id = new_id()
    first = await account.sign_in_on_device(device_id)
    second = (await account.refresh(first["refresh_token"])).json()
    third = (await account.refresh(second["refresh_token"])).json()

    stolen = await account.refresh(first["refresh_token"])

    assert (stolen.status_code, stolen.json()["code"]) == (401, "auth.device_revoked")
    assert (await account.refresh(third["refresh_token"])).json()["code"] == "auth.device_revoked"
    (device,) = await account.devices(third)
    assert device["revoked_because"] == "refresh_reused"
    assert events_of(settings, account.person.id)[-1] == ("device.revoked", {"reason": "refresh_reused"})
    assert access_log(settings, account.person.id)[-1][0] == "auth.refresh_reused"


async def test_invalidated_refresh_token_signs_device_out(account: Account, clock: FakeClock) -> None:
    signed_in = await account.sign_in_on_device()
    voided = (await account.refresh(signed_in["refresh_token"])).json()["refresh_token"]
    clock.move(seconds=61)
    good = (await account.refresh(signed_in["refresh_token"])).json()["refresh_token"]

    answer = await account.refresh(voided)

    assert answer.json()["code"] == "auth.device_revoked"
    assert (await account.refresh(good)).json()["code"] == "auth.device_revoked"


COUNT_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


async def refresh_in_parallel(
    settings: Settings, admin_url: str, account: Account, tokens: list[str]
) -> list[httpx.Response]:
    """Send all refreshes in parallel: the device row stays locked until every statement waits for it."""
    connect = psycopg.AsyncConnection.connect
    async with (
        await connect(settings.owner_database_url) as holder,
        await connect(admin_url, autocommit=True) as observer,  # only an administrator sees the locks of others
    ):
        await holder.execute("SELECT FROM device WHERE person_id = %s FOR UPDATE", [account.person.id])
        waiting = [asyncio.create_task(account.refresh(token)) for token in tokens]
        async with asyncio.timeout(1.5):
            while await (await observer.execute(COUNT_WAITING, [holder.info.dbname])).fetchone() != (len(tokens),):
                await asyncio.sleep(0.02)
    return list(await asyncio.gather(*waiting))


async def test_parallel_refreshes_return_the_same_token(account: Account, settings: Settings, admin_url: str) -> None:
    signed_in = await account.sign_in_on_device()

    answers = await refresh_in_parallel(settings, admin_url, account, [signed_in["refresh_token"]] * 6)

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert (await account.refresh(answers[0].json()["refresh_token"])).status_code == 200


async def test_parallel_old_and_new_tokens_sign_device_out_once(
    account: Account, settings: Settings, admin_url: str
) -> None:
    first = await account.sign_in_on_device()
    second = (await account.refresh(first["refresh_token"])).json()
    third = (await account.refresh(second["refresh_token"])).json()

    await refresh_in_parallel(settings, admin_url, account, [first["refresh_token"], third["refresh_token"]] * 3)

    assert (await account.refresh(third["refresh_token"])).json()["code"] == "auth.device_revoked"
    revoked = [payload for name, payload in events_of(settings, account.person.id) if name == "device.revoked"]
    assert revoked == [{"reason": "refresh_reused"}]


async def test_device_unused_for_thirty_days_is_refused(account: Account, clock: FakeClock) -> None:
    signed_in = await account.sign_in_on_device()

    clock.move(days=30)
    answer = await account.refresh(signed_in["refresh_token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.refresh_refused")


async def test_device_is_refused_after_180_days_despite_refreshes(account: Account, clock: FakeClock) -> None:
    signed_in, age = await account.sign_in_on_device(), timedelta()

    while (answer := await account.refresh(signed_in["refresh_token"])).status_code == 200:
        signed_in, age = answer.json(), age + timedelta(days=10)
        clock.move(days=10)

    assert age == timedelta(days=180)
    assert answer.json()["code"] == "auth.refresh_refused"


@pytest.mark.parametrize("token", ["x", "A" * 70, "_" * 200, "-"])
async def test_forged_refresh_token_is_refused_without_signing_out(account: Account, token: str) -> None:
    signed_in = await account.sign_in_on_device()
    good = signed_in["refresh_token"]

    changed = [
        good[:position] + ("A" if good[position] != "A" else "B") + good[position + 1 :] for position in (0, 24, 27, 60)
    ]
    answers = [await account.refresh(candidate) for candidate in (token, *changed)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "auth.refresh_refused")] * 5
    assert (await account.refresh(good)).status_code == 200


@pytest.mark.parametrize("token", ["", "a b", "=", "x" * 201, 7, None])
async def test_malformed_refresh_token_is_a_validation_error(api: Caller, token: object) -> None:
    answer = await api.post("/v1/auth/refreshes", json={"refresh_token": token})

    assert [error["where"] for error in answer.json()["errors"]] == ["body.refresh_token"]


async def test_second_sign_in_on_device_ends_old_tokens_and_adds_no_device(
    account: Account, settings: Settings
) -> None:
    device_id = new_id()
    before = await account.sign_in_on_device(device_id)

    after = await account.sign_in_on_device(device_id)

    assert (await account.refresh(before["refresh_token"])).json()["code"] == "auth.refresh_refused"
    assert (await account.refresh(after["refresh_token"])).status_code == 200
    assert [device["id"] for device in await account.devices(after)] == [str(device_id)]
    assert [name for name, _ in events_of(settings, account.person.id)].count("device.signed_in") == 1


async def test_parallel_sign_ins_with_one_device_id_create_one_device(account: Account) -> None:
    device_id = new_id()

    both = await asyncio.gather(account.sign_in_on_device(device_id), account.sign_in_on_device(device_id))

    codes = {(await account.refresh(tokens["refresh_token"])).status_code for tokens in both}
    assert codes == {200, 401}
    assert len(await account.devices(both[0])) == 1


async def test_sign_in_on_device_of_another_person_is_not_found(
    account: Account, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    other, device_id = await an_account(session, api, resources, clock), new_id()
    signed_in = await account.sign_in_on_device(device_id)

    answer = await other.sign_in(device={"id": str(device_id), "name": "x"})

    assert (answer.status_code, answer.json()["code"]) == (404, "device.not_found")
    assert (await account.refresh(signed_in["refresh_token"])).status_code == 200


async def test_person_signs_out_a_lost_device_from_another_device(account: Account, settings: Settings) -> None:
    lost, here = await account.sign_in_on_device(), await account.sign_in_on_device()
    devices = await account.devices(here)
    lost_id = next(device["id"] for device in devices if not device["is_this"])

    answer = await account.api.delete(f"/v1/me/devices/{lost_id}", headers=account.bearer(here))

    assert answer.status_code == 204
    assert [device["is_this"] for device in devices] == [True, False]
    assert (await account.refresh(lost["refresh_token"])).json()["code"] == "auth.device_revoked"
    assert (await account.refresh(here["refresh_token"])).status_code == 200
    assert access_log(settings, account.person.id)[-1] == ("auth.device_revoked", str(account.person.id))


async def test_signed_out_device_can_sign_in_again(account: Account) -> None:
    device_id = new_id()
    signed_in = await account.sign_in_on_device(device_id)
    await account.api.delete(f"/v1/me/devices/{device_id}", headers=account.bearer(signed_in))

    again = await account.sign_in_on_device(device_id)

    (device,) = await account.devices(again)
    assert device["revoked_at"] is None
    assert (await account.refresh(again["refresh_token"])).status_code == 200


async def test_device_revocations_sign_out_all_other_devices(account: Account) -> None:
    others, here = [await account.sign_in_on_device() for _ in range(2)], await account.sign_in_on_device()

    answer = await account.api.post("/v1/me/device-revocations", headers=account.bearer(here))

    assert answer.status_code == 204
    codes = [(await account.refresh(tokens["refresh_token"])).status_code for tokens in (*others, here)]
    assert codes == [401, 401, 200]


async def test_sign_in_without_device_returns_no_refresh_token(account: Account) -> None:
    answer = (await account.sign_in()).json()

    assert (answer["refresh_token"], answer["refresh_expires_at"]) == (None, None)
    assert await account.devices(answer) == []


async def test_administrator_signs_out_all_devices_of_a_person(
    county: County, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    cadre = Account(county.cadre, new_id().hex, api)
    body = CredentialUpdate(login=cadre.login, password="correct horse battery")
    await set_credential(session, resources.passwords, cadre.person, body, now=clock(), by=SYSTEM)
    await session.commit()
    signed_in = await cadre.sign_in_on_device()

    strange = await api.as_(county.neighbour).post(f"/v1/people/{cadre.person.id}/device-revocations")
    answer = await api.as_(county.administrator).post(f"/v1/people/{cadre.person.id}/device-revocations")

    assert (strange.status_code, answer.status_code) == (404, 204)
    assert (await cadre.refresh(signed_in["refresh_token"])).json()["code"] == "auth.device_revoked"


async def test_signing_out_devices_of_a_superior_is_not_found(
    county: County, session: AsyncSession, api: Caller
) -> None:
    chief = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()

    answer = await api.as_(county.administrator).post(f"/v1/people/{chief.id}/device-revocations")

    assert answer.status_code == 404


async def test_device_table_contains_no_refresh_token_signature(account: Account, settings: Settings) -> None:
    signed_in = await account.sign_in_on_device()

    with psycopg.connect(settings.owner_database_url) as connection:
        (row,) = connection.execute("SELECT device::text FROM device WHERE person_id = %s", [account.person.id])
    assert signed_in["refresh_token"][-43:] not in row[0]
