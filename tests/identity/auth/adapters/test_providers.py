"""An attempt belongs to one provider, one state and one moment, and works once."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.people.tables import Person
from tests.conftest import Caller, FakeClock
from tests.identity.auth.adapters.conftest import begin, subject_of
from tests.identity.auth.adapters.fake_providers import IssuerDouble, WeComDouble, send
from tests.outward.webhooks.receiver import Wire


async def test_provider_list_contains_no_secret(api: Caller) -> None:
    answer = await api.get("/v1/auth/providers")

    assert [(one["name"], one["kind"]) for one in answer.json()["items"]] == [
        ("wecom", "wecom"),
        ("dingtalk", "dingtalk_gov"),
        ("scan", "dingtalk_gov"),
        ("city", "oidc"),
    ]
    assert set(answer.json()["items"][0]) == {"name", "kind", "title_zh", "title_en"}


async def test_redirect_uri_outside_settings_is_refused(api: Caller) -> None:
    url = "/v1/auth/providers/city/attempts"
    answers = [await api.post(url, json={"redirect_uri": f"app://signed-in{more}"}) for more in ("/x", "?a", "#", " ")]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(422, "auth.redirect_not_allowed")}
    unknown = await api.post("/v1/auth/providers/nowhere/attempts", json={"redirect_uri": "app://signed-in"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "auth.provider_not_found")


@pytest.mark.parametrize("changed", [{"state": "another"}, {"attempt": "AAAA"}, {"attempt": "="}, {"attempt": "文"}])
async def test_wrong_state_or_attempt_is_refused_without_provider_call(
    api: Caller, wecom: WeComDouble, person: Person, changed: dict[str, str]
) -> None:
    journey, code = await begin(api, "wecom"), wecom.a_code(userid=subject_of(person))
    before = len(wecom.asked)

    answer = await journey.finish(code, **changed)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")
    assert len(wecom.asked) == before


async def test_attempt_works_once_for_parallel_requests(
    api: Caller, wecom: WeComDouble, person: Person
) -> None:
    journey = await begin(api, "wecom")
    codes = [wecom.a_code(userid=subject_of(person)) for _ in range(4)]

    answers = await asyncio.gather(*(journey.finish(code) for code in codes))

    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]


async def test_expired_attempt_is_refused(api: Caller, wecom: WeComDouble, person: Person, clock: FakeClock) -> None:
    journey = await begin(api, "wecom")
    clock.move(seconds=600)

    answer = await journey.finish(wecom.a_code(userid=subject_of(person)))

    assert answer.status_code == 401


async def test_attempt_of_another_provider_is_refused(api: Caller, wecom: WeComDouble, person: Person) -> None:
    journey = await begin(api, "city")

    answer = await journey.finish(wecom.a_code(userid=subject_of(person)), provider="wecom", iss=None)

    assert answer.status_code == 401


@pytest.mark.parametrize("iss", [None, "https://elsewhere.example"])
async def test_response_of_wrong_issuer_is_refused_before_code_exchange(
    api: Caller, issuer: IssuerDouble, person: Person, iss: str | None
) -> None:
    journey = await begin(api, "city")
    code, before = issuer.a_code(journey.page, subject_of(person)), issuer.count("/token")

    answer = await journey.finish(code, iss=iss)

    assert answer.status_code == 401
    assert issuer.count("/token") == before


async def test_stolen_code_without_its_attempt_is_refused(
    api: Caller, issuer: IssuerDouble, person: Person
) -> None:
    journey, thief = await begin(api, "city"), await begin(api, "city")
    code = issuer.a_code(journey.page, subject_of(person))

    answer = await thief.finish(code, iss=issuer.url)

    assert answer.status_code == 401


async def test_unlinked_account_is_refused_and_creates_no_person(
    api: Caller, wecom: WeComDouble, session: AsyncSession
) -> None:
    people = sa.text("SELECT count(*) FROM person")
    before = (await (await session.connection()).execute(people)).scalar_one()

    unknown = await (await begin(api, "wecom")).finish(wecom.a_code(userid="nobody"))
    wrong = await (await begin(api, "wecom")).finish("no such code")

    assert unknown.status_code == 401
    assert unknown.json() == wrong.json()
    assert "管理员" in unknown.json()["title"]
    assert (await (await session.connection()).execute(people)).scalar_one() == before


async def silent(_: str, wire: Wire) -> None:
    await asyncio.sleep(5)


async def huge(_: str, wire: Wire) -> None:
    send(wire, 200, b'{"errcode": 0, "x": "' + b"y" * 200_000 + b'"}')


async def not_json(_: str, wire: Wire) -> None:
    send(wire, 200, b"<html>welcome</html>")


async def a_list(_: str, wire: Wire) -> None:
    send(wire, 200, b"[]")


async def deep(_: str, wire: Wire) -> None:
    send(wire, 200, b"[" * 60_000)


async def elsewhere(_: str, wire: Wire) -> None:
    send(wire, 302, b"{}", "Location: http://127.0.0.1:9/\r\n")


async def broken(_: str, wire: Wire) -> None:
    wire.write(b"nonsense\r\n\r\n")


async def failing(_: str, wire: Wire) -> None:
    send(wire, 500, b'{"errcode": 0, "access_token": "x", "expires_in": 7200}')


async def without_what_matters(_: str, wire: Wire) -> None:
    send(wire, 200, b'{"errcode": 0}')


@pytest.mark.parametrize(
    "misbehave", [silent, huge, not_json, a_list, deep, elsewhere, broken, failing, without_what_matters]
)
async def test_faulty_provider_answer_reports_provider_unavailable(
    api: Caller, wecom: WeComDouble, clock: FakeClock, misbehave: Any
) -> None:
    clock.move(hours=3)
    journey = await begin(api, "wecom")
    wecom.misbehave = misbehave

    async with asyncio.timeout(4.5):
        answer = await journey.finish("code")

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
    assert answer.headers["retry-after"]


async def test_requests_waiting_for_slow_provider_are_limited(
    api: Caller, wecom: WeComDouble, clock: FakeClock
) -> None:
    clock.move(hours=3)
    journeys = [await begin(api, "wecom") for _ in range(66)]
    wecom.misbehave = silent

    answers = await asyncio.gather(*(journey.finish("code") for journey in journeys))

    codes = sorted(one.json()["code"] for one in answers)
    assert codes == ["auth.busy"] * 2 + ["auth.provider_unavailable"] * 64


async def test_slow_provider_holds_no_database_connection(
    api: Caller, wecom: WeComDouble, person: Person, clock: FakeClock
) -> None:
    clock.move(hours=3)
    journeys = [await begin(api, "wecom") for _ in range(20)]
    wecom.misbehave = silent
    waiting = [asyncio.create_task(journey.finish("code")) for journey in journeys]
    await asyncio.sleep(0.3)

    other = await api.as_(person).get("/v1/visits")

    assert other.status_code == 200
    assert not any(task.done() for task in waiting)
    async with asyncio.timeout(8):
        assert {one.status_code for one in await asyncio.gather(*waiting)} == {503}


async def test_discovery_document_of_wrong_issuer_is_refused(
    api: Caller, issuer: IssuerDouble, clock: FakeClock
) -> None:
    clock.move(hours=2)
    issuer.says_issuer = issuer.url + "/"

    answer = await api.post("/v1/auth/providers/city/attempts", json={"redirect_uri": "app://signed-in"})
    issuer.says_issuer = None

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
