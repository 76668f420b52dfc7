"""The whole flow against a real, certified server: three ways of being known to it, and keys that really change."""

from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

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
        await link(session, person, provider, subject, now=clock(), by=None)
    await session.commit()
    return person


def login_of(person: Person) -> str:
    return f"cadre-{person.id.hex}"


async def begin(api: Caller, provider: str) -> dict[str, Any]:
    answer = await api.post(f"/v1/auth/providers/{provider}/attempts", json={"redirect_uri": BACK})
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


async def finish(api: Caller, provider: str, begun: dict[str, Any], came_back: dict[str, str]) -> httpx.Response:
    body = {"attempt": begun["attempt"], **came_back}
    return await api.post(f"/v1/auth/providers/{provider}/tokens", json=body)


async def signed_in(api: Caller, provider: str, person: Person) -> httpx.Response:
    begun = await begin(api, provider)
    return await finish(api, provider, begun, await through_the_pages(begun["page"], login_of(person)))


@pytest.mark.parametrize("provider", SIGNED_WITH)
async def test_a_person_signs_in_and_the_token_works(
    api: Caller, person: Person, server: Server, clock: FakeClock, provider: str
) -> None:
    answer = await signed_in(api, provider, person)

    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    own = await api.get(f"/v1/people/{person.id}", headers=headers)
    assert own.json()["name"] == person.name


async def test_new_keys_at_the_server_go_unnoticed_even_between_the_page_and_the_code(
    api: Caller, person: Person, server: Server
) -> None:
    before = await signed_in(api, "by-secret", person)
    server.rotate()
    after = await signed_in(api, "by-secret", person)
    begun = await begin(api, "by-key")
    came_back = await through_the_pages(begun["page"], login_of(person))
    server.rotate()
    between = await finish(api, "by-key", begun, came_back)

    assert [one.status_code for one in (before, after, between)] == [200, 200, 200]


async def test_a_code_is_worth_nothing_twice_or_to_whoever_did_not_begin(
    api: Caller, person: Person, server: Server
) -> None:
    begun, thief = await begin(api, "by-pkce"), await begin(api, "by-pkce")
    came_back = await through_the_pages(begun["page"], login_of(person))

    stolen = await finish(api, "by-pkce", thief, came_back | {"state": thief["state"]})
    begun = await begin(api, "by-pkce")
    came_back = await through_the_pages(begun["page"], login_of(person))
    first, second = [await finish(api, "by-pkce", begun, came_back) for _ in range(2)]

    assert [one.status_code for one in (stolen, first, second)] == [401, 200, 401]


async def test_somebody_the_server_knows_and_we_do_not_is_not_let_in(
    api: Caller, session: AsyncSession, server: Server
) -> None:
    stranger = await build.a_person(session)
    await session.commit()

    answer = await signed_in(api, "by-secret", stranger)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")
