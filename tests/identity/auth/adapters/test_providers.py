"""Sign-in attempts at providers: bound to provider, state and time, and usable once."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.identity.people.tables import Person
from tests.conftest import Caller, FakeClock
from tests.identity.auth.adapters.conftest import begin, subject_of
from tests.identity.auth.adapters.fake_providers import FakeIssuer, FakeWeCom, send
from tests.outward.webhooks.receiver import Wire


async def test_provider_list_contains_no_secret(api: Caller) -> None:
    answer = await api.get("/v1/auth/providers")

    assert [(provider["name"], provider["kind"]) for provider in answer.json()["items"]] == [
        ("wecom", "wecom"),
        ("dingtalk", "dingtalk_gov"),
        ("scan", "dingtalk_gov"),
        ("city", "oidc"),
    ]
    assert set(answer.json()["items"][0]) == {"name", "kind", "title_zh", "title_en"}


async def test_redirect_uri_outside_settings_is_refused(api: Caller) -> None:
    url = "/v1/auth/providers/city/attempts"
    answers = [await api.post(url, json={"redirect_uri": f"app://signed-in{more}"}) for more in ("/x", "?a", "#", " ")]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(422, "auth.redirect_not_allowed")}
    unknown = await api.post("/v1/auth/providers/nowhere/attempts", json={"redirect_uri": "app://signed-in"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "auth.provider_not_found")


@pytest.mark.parametrize("changed", [{"state": "another"}, {"attempt": "AAAA"}, {"attempt": "="}, {"attempt": "文"}])
async def test_wrong_state_or_attempt_is_refused_without_provider_call(
    api: Caller, wecom: FakeWeCom, person: Person, changed: dict[str, str]
) -> None:
    flow, code = await begin(api, "wecom"), wecom.issue_code(userid=subject_of(person))
    before = len(wecom.paths)

    answer = await flow.finish(code, **changed)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")
    assert len(wecom.paths) == before


async def test_attempt_works_once_for_parallel_requests(api: Caller, wecom: FakeWeCom, person: Person) -> None:
    flow = await begin(api, "wecom")
    codes = [wecom.issue_code(userid=subject_of(person)) for _ in range(4)]

    answers = await asyncio.gather(*(flow.finish(code) for code in codes))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_expired_attempt_is_refused(api: Caller, wecom: FakeWeCom, person: Person, clock: FakeClock) -> None:
    flow = await begin(api, "wecom")
    clock.move(seconds=600)

    answer = await flow.finish(wecom.issue_code(userid=subject_of(person)))

    assert answer.status_code == 401


async def test_attempt_of_another_provider_is_refused(api: Caller, wecom: FakeWeCom, person: Person) -> None:
    flow = await begin(api, "city")

    answer = await flow.finish(wecom.issue_code(userid=subject_of(person)), provider="wecom", iss=None)

    assert answer.status_code == 401


@pytest.mark.parametrize("iss", [None, "https://elsewhere.example"])
async def test_response_of_wrong_issuer_is_refused_before_code_exchange(
    api: Caller, issuer: FakeIssuer, person: Person, iss: str | None
) -> None:
    flow = await begin(api, "city")
    code, before = issuer.issue_code(flow.page, subject_of(person)), issuer.count("/token")

    answer = await flow.finish(code, iss=iss)

    assert answer.status_code == 401
    assert issuer.count("/token") == before


async def test_stolen_code_without_its_attempt_is_refused(api: Caller, issuer: FakeIssuer, person: Person) -> None:
    flow, thief = await begin(api, "city"), await begin(api, "city")
    code = issuer.issue_code(flow.page, subject_of(person))

    answer = await thief.finish(code, iss=issuer.url)

    assert answer.status_code == 401


async def test_unlinked_account_is_refused_and_creates_no_person(
    api: Caller, wecom: FakeWeCom, session: AsyncSession
) -> None:
    people = sa.text("SELECT count(*) FROM person")
    before = (await (await session.connection()).execute(people)).scalar_one()

    unknown = await (await begin(api, "wecom")).finish(wecom.issue_code(userid="nobody"))
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


async def json_list(_: str, wire: Wire) -> None:
    send(wire, 200, b"[]")


async def deeply_nested(_: str, wire: Wire) -> None:
    send(wire, 200, b"[" * 60_000)


async def redirect(_: str, wire: Wire) -> None:
    send(wire, 302, b"{}", "Location: http://127.0.0.1:9/\r\n")


async def malformed_http(_: str, wire: Wire) -> None:
    wire.write(b"nonsense\r\n\r\n")


async def server_error(_: str, wire: Wire) -> None:
    send(wire, 500, b'{"errcode": 0, "access_token": "x", "expires_in": 7200}')


async def without_token(_: str, wire: Wire) -> None:
    send(wire, 200, b'{"errcode": 0}')


@pytest.mark.parametrize(
    "misbehave",
    [silent, huge, not_json, json_list, deeply_nested, redirect, malformed_http, server_error, without_token],
)
async def test_faulty_provider_answer_reports_provider_unavailable(
    api: Caller, wecom: FakeWeCom, clock: FakeClock, misbehave: Any
) -> None:
    clock.move(hours=3)
    flow = await begin(api, "wecom")
    wecom.misbehave = misbehave

    async with asyncio.timeout(4.5):
        answer = await flow.finish("code")

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
    assert answer.headers["retry-after"]


async def test_requests_waiting_for_slow_provider_are_limited(api: Caller, wecom: FakeWeCom, clock: FakeClock) -> None:
    clock.move(hours=3)
    flows = [await begin(api, "wecom") for _ in range(66)]
    wecom.misbehave = silent

    answers = await asyncio.gather(*(flow.finish("code") for flow in flows))

    codes = sorted(answer.json()["code"] for answer in answers)
    assert codes == ["auth.busy"] * 2 + ["auth.provider_unavailable"] * 64


async def test_slow_provider_holds_no_database_connection(
    api: Caller, wecom: FakeWeCom, person: Person, clock: FakeClock
) -> None:
    clock.move(hours=3)
    flows = [await begin(api, "wecom") for _ in range(20)]
    wecom.misbehave = silent
    waiting = [asyncio.create_task(flow.finish("code")) for flow in flows]
    await asyncio.sleep(0.3)

    other = await api.as_(person).get("/v1/visits")

    assert other.status_code == 200
    assert not any(task.done() for task in waiting)
    async with asyncio.timeout(8):
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {503}


async def test_discovery_document_of_wrong_issuer_is_refused(api: Caller, issuer: FakeIssuer, clock: FakeClock) -> None:
    clock.move(hours=2)
    issuer.issuer_in_discovery = issuer.url + "/"

    answer = await api.post("/v1/auth/providers/city/attempts", json={"redirect_uri": "app://signed-in"})
    issuer.issuer_in_discovery = None

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
