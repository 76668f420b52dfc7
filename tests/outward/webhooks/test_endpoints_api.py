"""Webhook endpoints over HTTP."""

import pytest

from schemas.events import OUTWARD
from schemas.identity.organisations import Role
from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import Caller
from tests.outward.webhooks.receiver import a_receiver
from tests.outward.webhooks.webhook_bench import ENDED, WebhookBench

URL = "/v1/endpoints"


@pytest.fixture
async def community(bench: WebhookBench) -> Organisation:
    async with transaction(bench.engine) as session:
        return await build.an_organisation(session)


@pytest.fixture
async def secretary(bench: WebhookBench, api: Caller, community: Organisation) -> Caller:
    async with transaction(bench.engine) as session:
        person = await build.a_person(session)
        await build.a_posting(session, person, community, Role.COMMUNITY_SECRETARY)
    return api.as_(person)


def endpoint_body(community: Organisation, url: str) -> dict[str, object]:
    return {"organisation_id": str(community.id), "url": url, "event_names": [ENDED.value]}


async def test_endpoint_lifecycle_over_http(bench: WebhookBench, secretary: Caller, community: Organisation) -> None:
    url = f"{URL}/{new_id()}"
    async with a_receiver(lambda _: 410) as receiver:
        body = endpoint_body(community, receiver.url)
        first, again = await secretary.put(url, json=body), await secretary.put(url, json=body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["secret"].startswith("whsec_")
        assert again.json() == first.json() | {"secret": None}

        [event_id] = await bench.publish(community.id, [new_id()])
        await bench.drain()
        endpoint = (await secretary.get(url)).json()
        assert (endpoint["state"], endpoint["disabled_reason"]) == ("disabled", "gone")

        receiver.answer = lambda _: 200
        assert (await secretary.post(f"{url}/enablements")).json()["state"] == "active"
        await bench.drain()

    [delivery] = (await secretary.get(f"{url}/deliveries?state=delivered")).json()["items"]
    assert (delivery["event_id"], delivery["last_status"], delivery["attempts"]) == (str(event_id), 200, 1)
    assert (await secretary.post(f"{url}/replays", json={"delivery_ids": [delivery["id"]]})).json() == {"replayed": 1}
    assert (await secretary.post(f"{url}/disablements")).json()["disabled_reason"] == "by_owner"


async def test_change_endpoint_requires_if_match_and_returns_the_next_version(
    secretary: Caller, community: Organisation
) -> None:
    url = f"{URL}/{new_id()}"
    created = await secretary.put(url, json=endpoint_body(community, "http://127.0.0.1:1/"))
    body = {"url": "http://127.0.0.1:2/", "event_names": [ENDED.value]}

    without_version = await secretary.put(f"{url}/subscription", json=body)
    changed = await secretary.put(f"{url}/subscription", json=body, headers={"If-Match": created.headers["ETag"]})

    assert without_version.status_code == 428
    assert (changed.status_code, changed.headers["ETag"], changed.json()["version"]) == (200, '"2"', 2)
    assert (await secretary.get(url)).headers["ETag"] == '"2"'


async def test_create_endpoint_refusal_lists_the_allowed_events(secretary: Caller, community: Organisation) -> None:
    body = endpoint_body(community, "http://127.0.0.1:1/") | {"event_names": ["visit.checked_in"]}

    answer = await secretary.put(f"{URL}/{new_id()}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "endpoint.event_not_outward")
    assert answer.json()["facts"] == {"refused": ["visit.checked_in"], "outward": sorted(OUTWARD)}


async def test_secret_is_shown_only_in_the_response_that_creates_it(secretary: Caller, community: Organisation) -> None:
    url = f"{URL}/{new_id()}"
    created = await secretary.put(url, json=endpoint_body(community, "http://127.0.0.1:1/"))
    added = await secretary.post(f"{url}/secrets")

    assert added.status_code == 201
    assert added.json()["secret"] != created.json()["secret"]
    for path in (url, URL):
        assert "whsec_" not in (await secretary.get(path)).text


@pytest.mark.parametrize("verb", ["secrets", "enablements", "disablements", "replays"])
async def test_stranger_gets_404_for_every_endpoint_action(bench: WebhookBench, api: Caller, verb: str) -> None:
    endpoint = await bench.endpoint("http://127.0.0.1:1/")
    async with transaction(bench.engine) as session:
        stranger = await build.a_person(session)

    answer = await api.as_(stranger).post(f"{URL}/{endpoint.id}/{verb}", json={"only_missing": True})

    assert (answer.status_code, answer.json()["code"]) == (404, "endpoint.not_found")
    assert (await api.as_(stranger).get(URL)).json() == {"items": [], "next_cursor": None}
