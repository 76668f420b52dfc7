"""Government DingTalk: signed requests, an app token, and a code that names a person of the tenant."""

from urllib.parse import parse_qs, urlsplit

import pytest

from service.identity.people.tables import Person
from tests.conftest import Caller
from tests.identity.auth.adapters.conftest import begin, own_name, subject_of
from tests.identity.auth.adapters.doubles import DingTalkGovDouble


async def test_inside_the_client_there_is_no_page_and_the_code_names_the_person(
    api: Caller, dingtalk: DingTalkGovDouble, person: Person
) -> None:
    journey = await begin(api, "dingtalk")

    answer = await journey.finish(dingtalk.a_code(employeeCode=subject_of(person)))

    assert journey.begun["page"] is None
    assert await own_name(api, person, answer) == person.name
    assert dingtalk.count("/rpc/oauth2/dingtalk_app_user.json") > 0


async def test_a_scanned_code_is_exchanged_at_its_own_place(
    api: Caller, dingtalk: DingTalkGovDouble, person: Person
) -> None:
    journey = await begin(api, "scan")

    answer = await journey.finish(dingtalk.a_code(employeeCode=subject_of(person)))

    assert answer.status_code == 200
    body = parse_qs(urlsplit(journey.page).query)
    assert (body["client_id"], body["state"]) == (["dingoa"], [journey.begun["state"]])
    assert dingtalk.count("/rpc/oauth2/getuserinfo_bycode.json") > 0


async def test_an_app_token_that_ended_early_is_replaced_unnoticed(
    api: Caller, dingtalk: DingTalkGovDouble, person: Person
) -> None:
    await (await begin(api, "dingtalk")).finish("no code")
    dingtalk.tokens.clear()

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.a_code(employeeCode=subject_of(person)))

    assert answer.status_code == 200


async def test_a_code_works_once(api: Caller, dingtalk: DingTalkGovDouble, person: Person) -> None:
    code = dingtalk.a_code(employeeCode=subject_of(person))
    first = await (await begin(api, "dingtalk")).finish(code)

    second = await (await begin(api, "dingtalk")).finish(code)

    assert (first.status_code, second.status_code) == (200, 401)


@pytest.mark.parametrize(
    ("said", "code"),
    [({"tenantId": 99}, "auth.not_a_member"), ({"employeeCode": None}, "auth.sign_in_refused")],
)
async def test_another_tenant_and_an_account_without_a_code_are_refused(
    api: Caller, dingtalk: DingTalkGovDouble, person: Person, said: dict[str, object], code: str
) -> None:
    person_there = {"employeeCode": subject_of(person)} | said

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.a_code(**person_there))

    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_signature_that_does_not_match_is_our_trouble(api: Caller, dingtalk: DingTalkGovDouble) -> None:
    dingtalk.secret, right = "another", dingtalk.secret

    answer = await (await begin(api, "dingtalk")).finish(dingtalk.a_code(employeeCode="1"))
    dingtalk.secret = right

    assert (answer.status_code, answer.json()["code"]) == (503, "auth.provider_unavailable")
