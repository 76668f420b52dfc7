"""The community receives each event of a report: by webhook and in its feed."""

import asyncio

from schemas.events import EventName
from service.outward.webhooks.leases import DeliveryTools
from tests.operations.worker.steps import jobs_app, relay_once
from tests.outward.webhooks.receiver import Receiver, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench
from tests.residence.reports.conftest import BASED_ON_2, World

EVENT_NAMES = ["residence_report.submitted", "residence_report.confirmed", "residence_report.ended"]
ALL_REPORT_EVENTS = [name.value for name in EventName if name.value.startswith("residence_report.")]


async def submit_confirm_and_end(world: World) -> str:
    """Take a report through its states; return its URL."""
    url = await world.report()
    await world.confirm(url)
    await world.phone.put(f"{url}/end", json={"reason": "迁出"}, headers=BASED_ON_2)
    return url


async def deliver(bench: WebhookBench, receiver: Receiver, number: int) -> None:
    """Relay and deliver events until the receiver has received `number` of them."""
    async with jobs_app(bench.tools.settings).open_async() as jobs:
        # an open transaction anywhere in the cluster delays the feed
        async with asyncio.timeout(10):
            while len(receiver.received) < number:
                await relay_once(bench.engine, jobs, bench.tools.settings, bench.clock)
                await bench.drain()
                await asyncio.sleep(0.01)


async def test_report_events_reach_webhook_and_feed_of_community_only(world: World, tools: DeliveryTools) -> None:
    bench = WebhookBench(tools, tools.clock)
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url, world.branch.id, event_names=ALL_REPORT_EVENTS)
        stranger = await bench.endpoint(receiver.url, world.elsewhere.id, event_names=ALL_REPORT_EVENTS)
        url = await submit_confirm_and_end(world)

        await deliver(bench, receiver, len(EVENT_NAMES))

    assert [request.message["type"] for request in receiver.received] == EVENT_NAMES
    assert [request.message["data"]["state"] for request in receiver.received] == ["submitted", "confirmed", "ended"]
    assert {request.message["data"]["link"][-len(url) :] for request in receiver.received} == {url}
    assert await bench.states(endpoint) == ["delivered"] * 3
    assert await bench.deliveries(stranger) == []
    for reader in (world.secretary, world.phone):
        assert [item["type"] for item in (await reader.get("/v1/feed")).json()["items"]] == EVENT_NAMES
    assert (await world.secretary_elsewhere.get("/v1/feed")).json()["items"] == []
