"""Service clients: create, renew the secret, end, sign in with JSON or as an OAuth client."""

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import httpx
import psycopg
import pytest

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests.build.county import County
from tests.conftest import Caller, FakeClock


@dataclass
class System:
    """A service client, its secret and the administrator who manages it."""

    id: str
    secret: str
    administrator: Person
    api: Caller

    @property
    def manager(self) -> Caller:
        """The administrator with a fresh token."""
        return self.api.as_(self.administrator)

    async def sign_in(self, secret: str) -> int:
        body = {"client_id": self.id, "client_secret": secret}
        return (await self.api.post("/v1/auth/client-tokens", json=body)).status_code

    async def renew(self) -> str:
        answer = await self.manager.post(f"/v1/service-clients/{self.id}/secrets")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["client_secret"])


@pytest.fixture
async def system(api: Caller, county: County) -> System:
    manager, client_id = api.as_(county.administrator), str(new_id())
    body = {"organisation_id": str(county.town.id), "name": "考核系统"}
    created = (await manager.put(f"/v1/service-clients/{client_id}", json=body)).json()
    return System(client_id, created["client_secret"], county.administrator, api)


async def test_renewed_secret_overlaps_with_old_one_for_a_day(system: System, clock: FakeClock) -> None:
    new = await system.renew()

    assert [await system.sign_in(secret) for secret in (system.secret, new)] == [200, 200]
    clock.move(days=1)
    assert [await system.sign_in(secret) for secret in (system.secret, new)] == [401, 200]


async def test_second_renewal_in_overlap_keeps_secret_in_use(system: System, clock: FakeClock) -> None:
    lost = await system.renew()
    clock.move(hours=1)

    new = await system.renew()

    assert [await system.sign_in(secret) for secret in (system.secret, lost, new)] == [200, 401, 200]


async def test_renewal_after_overlap_keeps_current_secret(system: System, clock: FakeClock) -> None:
    second = await system.renew()
    clock.move(days=2)

    third = await system.renew()

    assert [await system.sign_in(secret) for secret in (system.secret, second, third)] == [401, 200, 200]


async def test_ended_client_cannot_sign_in_or_renew_secret(system: System) -> None:
    ended = [await system.manager.put(f"/v1/service-clients/{system.id}/end") for _ in range(2)]

    renewed = await system.manager.post(f"/v1/service-clients/{system.id}/secrets")

    assert [answer.status_code for answer in ended] == [200, 200]
    assert ended[0].json() == ended[1].json()
    assert await system.sign_in(system.secret) == 401
    assert (renewed.status_code, renewed.json()["code"]) == (409, "service_client.ended")


async def test_list_shows_clients_in_reach_without_secrets(system: System, api: Caller, county: County) -> None:
    own = await system.manager.get("/v1/service-clients", params={"organisation_id": str(county.town.id)})
    foreign = await api.as_(county.neighbour).get("/v1/service-clients")

    assert [item["id"] for item in own.json()["items"]] == [system.id]
    assert "secret" not in own.text.replace("old_secret_until", "")
    assert system.id not in foreign.text


async def test_client_out_of_reach_is_not_found(system: System, api: Caller, county: County) -> None:
    neighbour = api.as_(county.neighbour)

    answers = [
        await neighbour.post(f"/v1/service-clients/{system.id}/secrets"),
        await neighbour.put(f"/v1/service-clients/{system.id}/end"),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "service_client.not_found")
    ] * 2


async def test_administrator_creates_assessment_system_with_fixed_purpose(system: System, county: County) -> None:
    url = f"/v1/service-clients/{new_id()}"
    body = {"organisation_id": str(county.town.id), "name": "考核系统", "purpose": "assessment_system"}

    created = await system.manager.put(url, json=body)
    again = await system.manager.put(url, json=body | {"purpose": "community_receiver"})
    listed = (await system.manager.get("/v1/service-clients")).json()["items"]

    assert (created.status_code, created.json()["client"]["purpose"]) == (201, "assessment_system")
    assert again.status_code == 409
    assert {item["id"]: item["purpose"] for item in listed} == {
        url[-36:]: "assessment_system",
        system.id: "community_receiver",
    }


async def test_secretary_cannot_create_or_renew_assessment_system(system: System, api: Caller, county: County) -> None:
    url, secretary = f"/v1/service-clients/{new_id()}", api.as_(county.secretary)
    body = {"organisation_id": str(county.community.id), "name": "考核系统", "purpose": "assessment_system"}

    refused = await secretary.put(url, json=body)
    created = await system.manager.put(url, json=body)
    renewed = await secretary.post(f"{url}/secrets")
    unknown_purpose = await system.manager.put(url, json=body | {"purpose": "everything"})

    answers = [(answer.status_code, answer.json()["code"]) for answer in (refused, renewed)]
    assert answers == [(403, "access.not_permitted")] * 2
    assert (created.status_code, unknown_purpose.status_code) == (201, 422)


async def test_failed_client_sign_in_is_logged(system: System, settings: Settings) -> None:
    await system.sign_in("wrong")

    with psycopg.connect(settings.owner_database_url) as connection:
        lines = connection.execute("SELECT action FROM access_log WHERE subject_id = %s ORDER BY id", [system.id])
        assert lines.fetchall()[-1] == ("auth.client_sign_in_failed",)


async def oauth(api: Caller, basic: str | None = None, **form: Any) -> httpx.Response:
    headers = {"Authorization": f"Basic {base64.b64encode(basic.encode()).decode()}"} if basic else {}
    return await api.post("/v1/auth/oauth/token", data={"grant_type": "client_credentials"} | form, headers=headers)


async def test_oauth_client_gets_working_token_by_basic_or_form(system: System, api: Caller) -> None:
    basic = await oauth(api, f"{quote_plus(system.id)}:{quote_plus(system.secret)}", scope="feed", audience="x")
    body = await oauth(api, client_id=system.id, client_secret=system.secret)

    for answer in (basic, body):
        token = answer.json()
        assert (token["token_type"], token["expires_in"]) == ("Bearer", 600)
        assert answer.headers["cache-control"] == "no-store"
        feed = await api.get("/v1/feed", headers={"Authorization": f"Bearer {token['access_token']}"})
        assert feed.status_code == 200


@pytest.mark.parametrize("basic", ["a", "a:b", ":", "01936f5e-7c00-7000-8000-00000000ffff:wrong", "é:é"])
async def test_wrong_oauth_credentials_are_refused(api: Caller, basic: str) -> None:
    answer = await oauth(api, basic)

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.sign_in_failed")


async def test_incomplete_oauth_request_is_refused(system: System, api: Caller) -> None:
    empty = await oauth(api)
    wrong_grant = await oauth(api, grant_type="password", client_id=system.id, client_secret=system.secret)
    malformed = await api.post(
        "/v1/auth/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic !"}
    )

    assert (empty.status_code, wrong_grant.status_code, malformed.status_code) == (401, 422, 401)
