"""Government DingTalk: signed requests, an app token, and a code that identifies a person."""

from urllib.parse import parse_qs, urlsplit

import pytest

from service.identity.people.tables import Person
from tests.conftest import Caller
from tests.identity.auth.adapters.conftest import begin, own_name, subject_of
from tests.identity.auth.adapters.fake_providers import FakeDingTalkGov


async def test_sign_in_inside_dingtalk_needs_no_page(api: Caller, dingtalk: FakeDingTalkGov, person: Person) -> None:
    flow = await begin(api, "dingtalk")

    answer = await flow.finish(dingtalk.issue_code(employeeCode=subject_of(person)))

    assert flow.attempt["page"] is None
    assert await own_name(api, person, answer) == person.name
    assert dingtalk.count("/rpc/oauth2/dingtalk_app_user.json") > 0


async def test_scanned_code_is_exchanged_at_scan_endpoint(
    api: Caller, dingtalk: FakeDingTalkGov, person: Person
) -> None:
    flow = await begin(api, "scan")

    answer = await flow.finish(dingtalk.issue_code(employeeCode=subject_of(person)))

    assert answer.status_code == 200
    body = parse_qs(urlsplit(flow.page).query)
    assert (body["client_id"], body["state"]) == (["dingoa"], [flow.attempt["state"]])
    assert dingtalk.count("/rpc/oauth2/getuserinfo_bycode.json") > 0


async def test_refused_app_token_is_replaced_and_sign_in_succeeds(
    api: Caller, dingtalk: FakeDingTalkGov, person: Person
) -> None:
    await (await begin(api, "dingtalk")).finish("no code")
    dingtalk.tokens.clear()

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.issue_code(employeeCode=subject_of(person)))

    assert answer.status_code == 200


async def test_code_works_once(api: Caller, dingtalk: FakeDingTalkGov, person: Person) -> None:
    code = dingtalk.issue_code(employeeCode=subject_of(person))
    first = await (await begin(api, "dingtalk")).finish(code)

    second = await (await begin(api, "dingtalk")).finish(code)

    assert (first.status_code, second.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"tenantId": 99}, "auth.not_a_member"), ({"employeeCode": None}, "auth.sign_in_refused")],
)
async def test_account_of_other_tenant_or_without_employee_code_is_refused(
    api: Caller, dingtalk: FakeDingTalkGov, person: Person, fields: dict[str, object], code: str
) -> None:
    account = {"employeeCode": subject_of(person)} | fields

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.issue_code(**account))

    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_wrong_signature_reports_provider_unavailable(api: Caller, dingtalk: FakeDingTalkGov) -> None:
    dingtalk.secret, right = "another", dingtalk.secret

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.issue_code(employeeCode="1"))
    dingtalk.secret = right

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
