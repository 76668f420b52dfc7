"""Lock-out: failures lock accounts and addresses without revealing which logins exist."""

import asyncio
from typing import Any

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from service.foundation.events.actors import SYSTEM
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth import actions
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.conftest import PASSWORD, Account, an_account
from tests.operations.worker.steps import purge_all

pytestmark = pytest.mark.usefixtures("nothing_counted")


async def fail(account: Account, times: int) -> list[int]:
    return [(await account.sign_in("wrong")).status_code for _ in range(times)]


async def test_five_failures_lock_account_for_a_minute(account: Account, clock: FakeClock) -> None:
    failed = await fail(account, 5)

    locked = await account.sign_in()
    clock.move(seconds=60)
    unlocked = await account.sign_in()

    assert failed == [401] * 5
    assert (locked.status_code, locked.json()["code"], locked.headers["retry-after"]) == (429, "auth.locked", "60")
    assert unlocked.status_code == 200


async def test_each_further_failure_doubles_lock_up_to_half_an_hour(account: Account, clock: FakeClock) -> None:
    await fail(account, 4)

    waits = []
    for _ in range(8):
        await fail(account, 1)
        waits.append(int((await account.sign_in()).headers["retry-after"]))
        clock.move(seconds=waits[-1])

    assert waits == [60, 120, 240, 480, 960, 1800, 1800, 1800]


async def test_success_resets_failure_count(account: Account) -> None:
    await fail(account, 4)

    assert (await account.sign_in()).status_code == 200
    assert await fail(account, 5) == [401] * 5


async def test_parallel_attempts_get_no_more_tries_than_sequential_ones(account: Account) -> None:
    answers = await asyncio.gather(*(account.sign_in("wrong") for _ in range(40)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 35


async def test_all_processes_share_the_failure_count(account: Account, settings: Settings, clock: FakeClock) -> None:
    others = [Resources.of(settings, clock) for _ in range(3)]
    for resources in others:
        await resources.pool.open()
    clients = [account.api, *(caller(create_app(resources), resources) for resources in others)]

    body = {"login": account.login, "password": "wrong"}
    answers = await asyncio.gather(*(clients[n % 4].post("/v1/auth/tokens", json=body) for n in range(24)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 19
    for resources in others:
        await resources.pool.close()
        await resources.engine.dispose()


async def answers_of(api: Caller, login: str, password: str) -> list[tuple[int, Any]]:
    answers = [await api.post("/v1/auth/tokens", json={"login": login, "password": password}) for _ in range(7)]
    return [(answer.status_code, {**answer.json(), **dict(answer.headers)}) for answer in answers]


async def test_unknown_known_and_ended_logins_get_same_answer_and_cost(
    account: Account, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock, hashes: list[str]
) -> None:
    ended = await an_account(session, api, resources, clock)
    await actions.end_credential(session, ended.person.id, by=SYSTEM, now=clock())
    await session.commit()

    answers, cost = [], []
    for login, password in ((account.login, "wrong"), (f"no-{new_id()}", "wrong"), (ended.login, PASSWORD)):
        hashes.clear()
        answers.append(
            [(status, body | {"x-request-id": ""}) for status, body in await answers_of(api, login, password)]
        )
        cost.append(len(hashes))

    assert [status for status, _ in answers[0]] == [401] * 5 + [429] * 2
    assert answers[0] == answers[1] == answers[2]
    assert cost == [7, 7, 7]


async def test_login_is_counted_case_insensitively(account: Account) -> None:
    spellings = [account.login, account.login.upper(), account.login.title()] * 2

    for login in spellings:
        answer = await account.api.post("/v1/auth/tokens", json={"login": login, "password": "wrong"})

    assert answer.status_code == 429


async def test_failures_of_many_logins_lock_address_despite_a_success(
    settings: Settings, clock: FakeClock, account: Account
) -> None:
    strict = settings.model_copy(update={"lock_address_failures": 10})
    resources = Resources.of(strict, clock)
    await resources.pool.open()
    client = caller(create_app(resources), resources)

    assert (await Account(account.person, account.login, client).sign_in()).status_code == 200
    for number in range(10):
        last = await client.post("/v1/auth/tokens", json={"login": f"nobody-{number}", "password": "x"})
    locked = await Account(account.person, account.login, client).sign_in()

    assert (last.status_code, locked.status_code, locked.json()["code"]) == (401, 429, "auth.locked")
    clock.move(seconds=60)
    assert (await Account(account.person, account.login, client).sign_in()).status_code == 200
    await resources.pool.close()
    await resources.engine.dispose()


async def test_administrator_unlocks_account(
    county: County, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock, settings: Settings
) -> None:
    cadre = await an_account(session, api, resources, clock, person=county.cadre)
    await fail(cadre, 5)

    lifted = await api.as_(county.administrator).delete(f"/v1/people/{county.cadre.id}/lock")

    assert lifted.status_code == 204
    assert (await cadre.sign_in()).status_code == 200
    assert ("auth.lock_lifted", str(county.administrator.id)) in access_log(settings, county.cadre.id)


async def test_failures_are_logged_without_login_and_address(account: Account, settings: Settings) -> None:
    await fail(account, 6)

    with psycopg.connect(settings.owner_database_url) as connection:
        rows = connection.execute(
            "SELECT action, facts::text FROM access_log WHERE subject_id = %s ORDER BY id", [account.person.id]
        ).fetchall()
    assert [action for action, _ in rows][-6:] == ["auth.sign_in_failed"] * 5 + ["auth.sign_in_locked"]
    assert not [facts for _, facts in rows if account.login in facts or "127.0.0.1" in facts]


async def test_failure_counts_are_purged_after_two_days(
    account: Account, engine: Any, settings: Settings, clock: FakeClock
) -> None:
    await fail(account, 6)

    first = (await purge_all(engine, settings, clock()))["sign_in_attempt"]
    clock.move(days=2, seconds=1)
    later = (await purge_all(engine, settings, clock()))["sign_in_attempt"]

    assert (first, later) == (0, 2)
