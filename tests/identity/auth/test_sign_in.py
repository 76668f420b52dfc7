"""Sign in with a password or as a service client, and use the access token."""

import jwt
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate
from service.foundation.events.actors import SYSTEM
from service.foundation.ids import new_id
from service.identity.auth.actions import set_credential
from service.identity.auth.tokens import Principal
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock

PASSWORD = "correct horse battery"


@pytest.fixture
async def person(session: AsyncSession, resources: Resources, clock: FakeClock) -> Person:
    person = await build.a_person(session)
    credential = CredentialUpdate(login=f"login-{person.id}", password=PASSWORD)
    await set_credential(session, resources.passwords, person, credential, now=clock(), by=SYSTEM)
    await session.commit()
    return person


async def test_right_password_returns_working_token(api: Caller, person: Person) -> None:
    answer = await api.post("/v1/auth/tokens", json={"login": f"LOGIN-{person.id}", "password": PASSWORD})

    token = answer.json()["access_token"]
    own = await api.get(f"/v1/people/{person.id}", headers={"Authorization": f"Bearer {token}"})
    assert (own.status_code, own.json()["name"]) == (200, person.name)


async def test_wrong_password_and_unknown_login_get_the_same_answer(api: Caller, person: Person) -> None:
    wrong = await api.post("/v1/auth/tokens", json={"login": f"login-{person.id}", "password": "wrong"})
    unknown = await api.post("/v1/auth/tokens", json={"login": "nobody", "password": PASSWORD})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "auth.sign_in_failed"


async def test_access_token_expires_after_ten_minutes(api: Caller, person: Person, clock: FakeClock) -> None:
    signed_in = api.as_(person)
    assert (await signed_in.get(f"/v1/people/{person.id}")).status_code == 200

    clock.move(seconds=600)
    answer = await signed_in.get(f"/v1/people/{person.id}")

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token_expired")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
async def test_request_without_bearer_token_is_unauthenticated(api: Caller, headers: dict[str, str]) -> None:
    answer = await api.get("/v1/visits", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token_missing")


async def test_published_key_verifies_access_token(
    api: Caller, resources: Resources, person: Person, clock: FakeClock
) -> None:
    keys = (await api.get("/.well-known/jwks.json")).json()["keys"]
    token = resources.tokens.issue(Principal(person.id, None), clock())

    key = jwt.PyJWK(next(key for key in keys if key["kid"] == jwt.get_unverified_header(token)["kid"]))

    assert jwt.decode(token, key, algorithms=["ES256"], audience="grassroots", options={"verify_exp": False})
    assert "d" not in keys[0]


async def test_repeated_client_creation_returns_no_secret(api: Caller, session: AsyncSession, clock: FakeClock) -> None:
    community = await build.an_organisation(session)
    secretary = await build.a_person(session)
    await build.a_posting(session, secretary, community, "community_secretary")
    await session.commit()
    url, body = f"/v1/service-clients/{new_id()}", {"organisation_id": str(community.id), "name": "接收端"}
    signed_in = api.as_(secretary)

    first, second = await signed_in.put(url, json=body), await signed_in.put(url, json=body)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["client_secret"] is None
    body = {"client_id": url[-36:], "client_secret": first.json()["client_secret"]}
    assert (await api.post("/v1/auth/client-tokens", json=body)).status_code == 200
    assert (await api.post("/v1/auth/client-tokens", json=body | {"client_secret": "x"})).status_code == 401


async def test_client_for_organisation_out_of_reach_is_not_found(api: Caller, session: AsyncSession) -> None:
    community, other = await build.an_organisation(session), await build.an_organisation(session)
    secretary = await build.a_person(session)
    await build.a_posting(session, secretary, community, "community_secretary")
    await session.commit()

    answer = await api.as_(secretary).put(
        f"/v1/service-clients/{new_id()}", json={"organisation_id": str(other.id), "name": "接收端"}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "organisation.not_found")
