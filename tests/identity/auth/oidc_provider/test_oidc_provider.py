"""Sign-in at a real OpenID Connect server: three client authentication methods, key rotation."""

from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.actors import SYSTEM
from service.identity.auth.external_identities import link
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock
from tests.identity.auth.oidc_provider.conftest import BACK, SIGNED_WITH, Server, sign_in_on_pages

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
    attempt: dict[str, Any] = answer.json()
    return attempt


async def finish(api: Caller, provider: str, attempt: dict[str, Any], response: dict[str, str]) -> httpx.Response:
    body = {"attempt": attempt["attempt"], **response}
    return await api.post(f"/v1/auth/providers/{provider}/tokens", json=body)


async def sign_in(api: Caller, provider: str, person: Person) -> httpx.Response:
    attempt = await begin(api, provider)
    return await finish(api, provider, attempt, await sign_in_on_pages(attempt["page"], login_of(person)))


@pytest.mark.parametrize("provider", SIGNED_WITH)
async def test_person_signs_in_and_token_works(
    api: Caller, person: Person, server: Server, clock: FakeClock, provider: str
) -> None:
    answer = await sign_in(api, provider, person)

    assert answer.status_code == 200, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    own = await api.get(f"/v1/people/{person.id}", headers=headers)
    assert own.json()["name"] == person.name


async def test_key_rotation_at_server_does_not_break_sign_in(api: Caller, person: Person, server: Server) -> None:
    before = await sign_in(api, "by-secret", person)
    server.rotate()
    after = await sign_in(api, "by-secret", person)
    attempt = await begin(api, "by-key")
    response = await sign_in_on_pages(attempt["page"], login_of(person))
    server.rotate()
    between = await finish(api, "by-key", attempt, response)

    assert [answer.status_code for answer in (before, after, between)] == [200, 200, 200]


async def test_used_code_and_code_of_another_attempt_are_refused(api: Caller, person: Person, server: Server) -> None:
    attempt, thief = await begin(api, "by-pkce"), await begin(api, "by-pkce")
    response = await sign_in_on_pages(attempt["page"], login_of(person))

    stolen = await finish(api, "by-pkce", thief, response | {"state": thief["state"]})
    attempt = await begin(api, "by-pkce")
    response = await sign_in_on_pages(attempt["page"], login_of(person))
    first, second = [await finish(api, "by-pkce", attempt, response) for _ in range(2)]

    assert [answer.status_code for answer in (stolen, first, second)] == [401, 200, 401]


async def test_unlinked_account_of_server_is_refused(api: Caller, session: AsyncSession, server: Server) -> None:
    stranger = await build.a_person(session)
    await session.commit()

    answer = await sign_in(api, "by-secret", stranger)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_refused")
