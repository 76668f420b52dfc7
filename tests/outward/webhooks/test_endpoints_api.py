"""An organisation looks after its endpoint through the API."""

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


def asked_for(community: Organisation, url: str) -> dict[str, object]:
    return {"organisation_id": str(community.id), "url": url, "event_names": [ENDED.value]}


async def test_an_endpoint_is_made_once_fails_is_mended_and_gets_everything(
    bench: WebhookBench, secretary: Caller, community: Organisation
) -> None:
    here = f"{URL}/{new_id()}"
    async with a_receiver(lambda _: 410) as receiver:
        body = asked_for(community, receiver.url)
        first, again = await secretary.put(here, json=body), await secretary.put(here, json=body)
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["secret"].startswith("whsec_")
        assert again.json() == first.json() | {"secret": None}

        [event_id] = await bench.happened(community.id, [new_id()])
        await bench.drain()
        stopped = (await secretary.get(here)).json()
        assert (stopped["state"], stopped["disabled_reason"]) == ("disabled", "gone")

        receiver.answer = lambda _: 200
        assert (await secretary.post(f"{here}/enablements")).json()["state"] == "active"
        await bench.drain()

    [delivery] = (await secretary.get(f"{here}/deliveries?state=delivered")).json()["items"]
    assert (delivery["event_id"], delivery["last_status"], delivery["attempts"]) == (str(event_id), 200, 1)
    assert (await secretary.post(f"{here}/replays", json={"delivery_ids": [delivery["id"]]})).json() == {"replayed": 1}
    assert (await secretary.post(f"{here}/disablements")).json()["disabled_reason"] == "by_owner"


async def test_a_change_needs_the_version_and_gives_the_next_one(secretary: Caller, community: Organisation) -> None:
    here = f"{URL}/{new_id()}"
    made = await secretary.put(here, json=asked_for(community, "http://127.0.0.1:1/"))
    body = {"url": "http://127.0.0.1:2/", "event_names": [ENDED.value]}

    unbased = await secretary.put(f"{here}/subscription", json=body)
    changed = await secretary.put(f"{here}/subscription", json=body, headers={"If-Match": made.headers["ETag"]})

    assert unbased.status_code == 428
    assert (changed.status_code, changed.headers["ETag"], changed.json()["version"]) == (200, '"2"', 2)
    assert (await secretary.get(here)).headers["ETag"] == '"2"'


async def test_a_refusal_says_which_events_there_are(secretary: Caller, community: Organisation) -> None:
    body = asked_for(community, "http://127.0.0.1:1/") | {"event_names": ["visit.checked_in"]}

    refused = await secretary.put(f"{URL}/{new_id()}", json=body)

    assert (refused.status_code, refused.json()["code"]) == (422, "endpoint.event_not_outward")
    assert refused.json()["facts"] == {"refused": ["visit.checked_in"], "outward": sorted(OUTWARD)}


async def test_no_answer_but_the_first_shows_a_secret(secretary: Caller, community: Organisation) -> None:
    here = f"{URL}/{new_id()}"
    made = await secretary.put(here, json=asked_for(community, "http://127.0.0.1:1/"))
    added = await secretary.post(f"{here}/secrets")

    assert added.status_code == 201
    assert added.json()["secret"] != made.json()["secret"]
    for path in (here, URL):
        assert "whsec_" not in (await secretary.get(path)).text


@pytest.mark.parametrize("verb", ["secrets", "enablements", "disablements", "replays"])
async def test_a_stranger_finds_no_endpoint_to_act_on(bench: WebhookBench, api: Caller, verb: str) -> None:
    endpoint = await bench.endpoint("http://127.0.0.1:1/")
    async with transaction(bench.engine) as session:
        stranger = await build.a_person(session)

    answer = await api.as_(stranger).post(f"{URL}/{endpoint.id}/{verb}", json={"only_missing": True})

    assert (answer.status_code, answer.json()["code"]) == (404, "endpoint.not_found")
    assert (await api.as_(stranger).get(URL)).json() == {"items": [], "next_cursor": None}
