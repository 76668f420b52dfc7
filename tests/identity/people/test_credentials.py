"""Logins: only an administrator with the person in reach sets one, not for herself or a superior.

Signing in with a password that an administrator set answers 403: the person must change it first.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession
from typer.testing import CliRunner

from routers.cli import cli
from schemas.identity.organisations import Role
from service.foundation import settings as configuration
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.build.county import County, access_log, somebody
from tests.conftest import Caller, FakeClock

PASSWORD = "correct horse battery"


async def set_login(caller: Caller, person: Person, login: str, password: str = PASSWORD) -> Response:
    return await caller.put(f"/v1/people/{person.id}/credential", json={"login": login, "password": password})


async def signs_in(api: Caller, login: str, password: str) -> int:
    return (await api.post("/v1/auth/tokens", json={"login": login, "password": password})).status_code


async def test_new_login_is_accepted_and_logged(api: Caller, county: County, settings: Settings) -> None:
    login = new_id().hex

    answer = await set_login(api.as_(county.administrator), county.cadre, login)

    assert answer.status_code == 204
    assert await signs_in(api, login, PASSWORD) == 403
    assert access_log(settings, county.cadre.id)[0] == ("auth.credential_set", str(county.administrator.id))


async def test_new_password_replaces_old_one(api: Caller, county: County) -> None:
    login, administrator = new_id().hex, api.as_(county.administrator)
    await set_login(administrator, county.cadre, login)

    await set_login(administrator, county.cadre, login, "another battery staple")

    assert await signs_in(api, login, PASSWORD) == 401
    assert await signs_in(api, login, "another battery staple") == 403


async def test_login_taken_in_other_case_is_a_conflict(api: Caller, county: County) -> None:
    login, administrator = new_id().hex, api.as_(county.administrator)
    await set_login(administrator, county.cadre, login)

    answer = await set_login(administrator, county.officer, login.upper())

    assert (answer.status_code, answer.json()["code"]) == (409, "auth.login_taken")


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "nul\x00inside the password"])
async def test_malformed_password_is_a_validation_error(api: Caller, county: County, password: str) -> None:
    answer = await set_login(api.as_(county.administrator), county.cadre, new_id().hex, password)

    assert [error["where"] for error in answer.json()["errors"]] == ["body.password"]
    assert "the password" not in answer.text


async def test_setting_login_without_right_or_reach_is_refused(api: Caller, county: County) -> None:
    own = await set_login(api.as_(county.cadre), county.cadre, new_id().hex)
    colleague = await set_login(api.as_(county.officer), county.cadre, new_id().hex)
    foreign = await set_login(api.as_(county.neighbour), county.cadre, new_id().hex)

    assert (own.status_code, own.json()["code"]) == (403, "access.not_permitted")
    assert (colleague.status_code, foreign.status_code) == (404, 404)


async def test_setting_login_of_person_posted_above_is_refused(
    api: Caller, county: County, session: AsyncSession
) -> None:
    chief = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await build.a_posting(session, chief, county.beside, Role.CADRE)
    await session.commit()
    neighbour = api.as_(county.neighbour)

    readable, taken_over = (
        await neighbour.get(f"/v1/people/{chief.id}"),
        await set_login(neighbour, chief, new_id().hex),
    )

    assert readable.status_code == 200
    assert (taken_over.status_code, taken_over.json()["code"]) == (403, "access.not_permitted")


async def test_setting_login_of_person_from_elsewhere_is_refused(
    api: Caller, county: County, session: AsyncSession
) -> None:
    member = await build.a_person(session, organisation_id=county.beside.id)
    await build.a_posting(session, member, county.town, Role.CADRE)
    await session.commit()

    answer = await set_login(api.as_(county.administrator), member, f"login-{member.id}")

    assert (answer.status_code, answer.json()["code"]) == (403, "access.not_permitted")


SIGN_IN_CHANGES = (
    ("PUT", "credential", {"login": "taken-over", "password": PASSWORD}),
    ("DELETE", "credential", None),
    ("DELETE", "second-factor", None),
    ("PUT", "external-identities/wecom", {"subject": "taken-over"}),
    ("DELETE", "external-identities/wecom", None),
)


async def send_all_sign_in_changes(caller: Caller, person: Person) -> set[tuple[int, str]]:
    """(status, code) of each answer."""
    url = f"/v1/people/{person.id}/"
    answers = [await caller.request(method, url + path, json=body) for method, path, body in SIGN_IN_CHANGES]
    return {(answer.status_code, answer.json()["code"]) for answer in answers}


@pytest.mark.parametrize("role", [Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR])
@pytest.mark.parametrize("begins_in_days", [0, 30])
async def test_sign_in_of_security_and_audit_administrators_is_protected(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock, role: Role, begins_in_days: int
) -> None:
    person = await build.a_person(session, organisation_id=county.town.id)
    posting = await build.a_posting(session, person, county.town, role)
    posting.valid_from = clock() + timedelta(days=begins_in_days)
    session.add(posting)
    await session.commit()

    answers = await send_all_sign_in_changes(api.as_(county.administrator), person)

    assert answers == {(403, "person.sign_in_protected")}


async def test_sign_in_of_former_audit_administrator_is_not_protected(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    person = await somebody(session, Role.CADRE, county.town)
    posting = await build.a_posting(session, person, county.town, Role.AUDIT_ADMINISTRATOR)
    posting.valid_from, posting.valid_until = clock() - timedelta(days=9), clock()
    session.add(posting)
    await session.commit()

    assert (await set_login(api.as_(county.administrator), person, new_id().hex)).status_code == 204


async def test_administrator_cannot_change_own_sign_in(api: Caller, county: County) -> None:
    answers = await send_all_sign_in_changes(api.as_(county.administrator), county.administrator)

    assert answers == {(403, "person.own_sign_in_protected")}


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    configuration.settings.cache_clear()
    yield
    configuration.settings.cache_clear()


def set_password(login: str, *more: str, password: str = PASSWORD) -> int:
    words = ["people", "set-password", "--login", login, *more]
    return CliRunner().invoke(cli, words, input=f"{password}\n{password}\n").exit_code


@pytest.fixture
async def auditor(session: AsyncSession, county: County) -> Person:
    person = await somebody(session, Role.AUDIT_ADMINISTRATOR, county.town)
    await session.commit()
    return person


def test_command_sets_password_of_audit_administrator(
    environment: None, auditor: Person, county: County, settings: Settings
) -> None:
    login = new_id().hex

    first, second = set_password(login, "--person-id", str(auditor.id)), set_password(login.upper())
    other_person = set_password(login, "--person-id", str(county.cadre.id))

    assert (first, second, other_person) == (0, 0, 1)
    assert (set_password(new_id().hex), set_password(login, password="x" * 12)) == (1, 1)
    assert access_log(settings, auditor.id) == [("auth.credential_set", None)] * 2


async def test_password_set_by_command_must_be_changed_first(environment: None, auditor: Person, api: Caller) -> None:
    login = new_id().hex
    await asyncio.to_thread(set_password, login, "--person-id", str(auditor.id))

    answer = await api.post("/v1/auth/tokens", json={"login": login, "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (403, "auth.password_change_needed")
