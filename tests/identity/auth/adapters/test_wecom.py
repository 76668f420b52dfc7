"""WeCom: a cached app token, and a code that identifies a member once."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest

from service.identity.people.tables import Person
from tests.conftest import Caller, FakeClock
from tests.identity.auth.adapters.conftest import begin, own_name, subject_of
from tests.identity.auth.adapters.fake_providers import FakeWeCom


async def test_member_signs_in_with_upper_case_userid(api: Caller, wecom: FakeWeCom, person: Person) -> None:
    flow = await begin(api, "wecom")

    answer = await flow.finish(wecom.issue_code(userid=subject_of(person).upper()))

    assert await own_name(api, person, answer) == person.name
    body = parse_qs(urlsplit(flow.page).query)
    assert (body["appid"], body["state"]) == (["ww1"], [flow.attempt["state"]])
    assert flow.attempt["state"].isalnum()
    assert len(flow.attempt["state"]) <= 128
    assert flow.page.endswith("#wechat_redirect")


async def test_app_token_is_fetched_once_and_renewed_before_expiry(
    api: Caller, wecom: FakeWeCom, person: Person, clock: FakeClock
) -> None:
    clock.move(hours=3)
    before = wecom.count("/cgi-bin/gettoken")
    wecom.delay_s = 0.3

    async def sign_in() -> int:
        return (await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))).status_code

    statuses = await asyncio.gather(*(sign_in() for _ in range(8)))
    fetched_at_first = wecom.count("/cgi-bin/gettoken") - before
    wecom.delay_s = 0.0
    clock.move(seconds=7200 - 299)
    late = await sign_in()

    assert ({*statuses, late}, fetched_at_first) == ({200}, 1)
    assert wecom.count("/cgi-bin/gettoken") - before == 2


@pytest.mark.parametrize("refusal", [40014, 42001])
async def test_refused_app_token_is_replaced_and_sign_in_succeeds(
    api: Caller, wecom: FakeWeCom, person: Person, refusal: int
) -> None:
    await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))
    wecom.refusal = refusal
    wecom.tokens.clear()

    answer = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))

    assert answer.status_code == 200


async def test_code_works_once(api: Caller, wecom: FakeWeCom, person: Person) -> None:
    code = wecom.issue_code(userid=subject_of(person))
    first = await (await begin(api, "wecom")).finish(code)

    second = await (await begin(api, "wecom")).finish(code)

    assert (first.status_code, second.status_code) == (200, 401)
    assert second.json()["code"] == "auth.sign_in_refused"


@pytest.mark.parametrize("outsider", [{"openid": "o1"}, {"openid": "o1", "external_userid": "wm1"}])
async def test_external_contact_is_refused_with_advice(api: Caller, wecom: FakeWeCom, outsider: dict[str, str]) -> None:
    answer = await (await begin(api, "wecom")).finish(wecom.issue_code(**outsider))

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.not_a_member")
    assert "通讯录" in answer.json()["title"]


async def test_wrong_app_secret_reports_unavailable_and_is_not_logged(
    api: Caller,
    wecom: FakeWeCom,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock.move(hours=3)
    wecom.secret, right = "another", wecom.secret

    answer = await (await begin(api, "wecom")).finish("code")
    wecom.secret = right

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
    output = "".join(capsys.readouterr()) + caplog.text + answer.text
    assert right not in output
    assert "40001" in output
