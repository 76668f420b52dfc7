"""The community hears of each move: its endpoint by webhook, and its feed."""

import asyncio

from schemas.events import EventName
from service.outward.webhooks.leases import DeliveryTools
from tests.operations.worker.steps import jobs_app, relay_once
from tests.outward.webhooks.receiver import Receiver, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench
from tests.residence.reports.conftest import BASED_ON_2, World

MOVES = ["residence_report.submitted", "residence_report.confirmed", "residence_report.ended"]
WANTED = [name.value for name in EventName if name.value.startswith("residence_report.")]


async def a_whole_story(world: World) -> str:
    url = await world.report()
    await world.confirm(url)
    await world.phone.put(f"{url}/end", json={"reason": "迁出"}, headers=BASED_ON_2)
    return url


async def delivered(bench: WebhookBench, receiver: Receiver, number: int) -> None:
    """Follow and deliver until the receiver has so many."""
    async with jobs_app(bench.tools.settings).open_async() as jobs:
        # an open transaction anywhere in the cluster holds the feed up for its moment
        async with asyncio.timeout(10):
            while len(receiver.received) < number:
                await relay_once(bench.engine, jobs, bench.tools.settings, bench.clock)
                await bench.drain()
                await asyncio.sleep(0.01)


async def test_the_communitys_endpoint_gets_each_move_and_its_feed_shows_it(world: World, tools: DeliveryTools) -> None:
    bench = WebhookBench(tools, tools.clock)
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url, world.branch.id, event_names=WANTED)
        stranger = await bench.endpoint(receiver.url, world.elsewhere.id, event_names=WANTED)
        url = await a_whole_story(world)

        await delivered(bench, receiver, len(MOVES))

    assert [one.message["type"] for one in receiver.received] == MOVES
    assert [one.message["data"]["state"] for one in receiver.received] == ["submitted", "confirmed", "ended"]
    assert {one.message["data"]["link"][-len(url) :] for one in receiver.received} == {url}
    assert await bench.states(endpoint) == ["delivered"] * 3
    assert await bench.deliveries(stranger) == []
    for reader in (world.secretary, world.phone):
        assert [item["type"] for item in (await reader.get("/v1/feed")).json()["items"]] == MOVES
    assert (await world.secretary_elsewhere.get("/v1/feed")).json()["items"] == []
