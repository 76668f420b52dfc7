"""The whole flow against a real, certified server: three ways of being known to it, and keys that really change."""

from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.actors import SYSTEM
from service.identity.auth.external_identities import link
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock
from tests.identity.auth.oidc_provider.conftest import BACK, SIGNED_WITH, Server, through_the_pages

pytestmark = pytest.mark.slow


@pytest.fixture
async def person(session: AsyncSession, clock: FakeClock) -> Person:
    person = await build.a_person(session)
    for provider in SIGNED_WITH:
        subject = f"number-{login_of(person)}" if provider == "by-pkce" else login_of(person)
        await link(session, person, provider, subject, now=clock(), by=SYSTEM)
    await session.commit()
    return person


def login_of(person: Person) -> str:
    return f"cadre-{person.id.hex}"


async def begin(api: Caller, provider: str) -> dict[str, Any]:
    answer = await api.post(f"/v1/auth/providers/{provider}/attempts", json={"redirect_uri": BACK})
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


async def finish(api: Caller, provider: str, begun: dict[str, Any], response: dict[str, str]) -> httpx.Response:
    body = {"attempt": begun["attempt"], **response}
    return await api.post(f"/v1/auth/providers/{provider}/tokens", json=body)


async def signed_in(api: Caller, provider: str, person: Person) -> httpx.Response:
    begun = await begin(api, provider)
    return await finish(api, provider, begun, await through_the_pages(begun["page"], login_of(person)))


@pytest.mark.parametrize("provider", SIGNED_WITH)
async def test_person_signs_in_and_token_works(
    api: Caller, person: Person, server: Server, clock: FakeClock, provider: str
) -> None:
    answer = await signed_in(api, provider, person)

    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    own = await api.get(f"/v1/people/{person.id}", headers=headers)
    assert own.json()["name"] == person.name


async def test_key_rotation_at_server_does_not_break_sign_in(
    api: Caller, person: Person, server: Server
) -> None:
    before = await signed_in(api, "by-secret", person)
    server.rotate()
    after = await signed_in(api, "by-secret", person)
    begun = await begin(api, "by-key")
    response = await through_the_pages(begun["page"], login_of(person))
    server.rotate()
    between = await finish(api, "by-key", begun, response)

    assert [one.status_code for one in (before, after, between)] == [200, 200, 200]


async def test_code_is_refused_twice_and_with_another_attempt(
    api: Caller, person: Person, server: Server
) -> None:
    begun, thief = await begin(api, "by-pkce"), await begin(api, "by-pkce")
    response = await through_the_pages(begun["page"], login_of(person))

    stolen = await finish(api, "by-pkce", thief, response | {"state": thief["state"]})
    begun = await begin(api, "by-pkce")
    response = await through_the_pages(begun["page"], login_of(person))
    first, second = [await finish(api, "by-pkce", begun, response) for _ in range(2)]

    assert [one.status_code for one in (stolen, first, second)] == [401, 200, 401]


async def test_unlinked_account_of_server_is_refused(
    api: Caller, session: AsyncSession, server: Server
) -> None:
    stranger = await build.a_person(session)
    await session.commit()

    answer = await signed_in(api, "by-secret", stranger)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")
