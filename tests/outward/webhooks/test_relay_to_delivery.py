"""An event of a real action, through the real relay to the receiver."""

import asyncio

from schemas.outward.webhooks import EndpointState
from tests.operations.worker.steps import jobs_app, relay_once
from tests.outward.webhooks.receiver import a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


async def test_recorded_event_after_the_relay_ran_is_delivered(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        listening = await bench.endpoint(receiver.url, event_names=["endpoint.disabled"])
        noisy = await bench.endpoint("http://127.0.0.1:1/", listening.organisation_id)
        await bench.disable(noisy)
        async with jobs_app(bench.tools.settings).open_async() as jobs:
            # an open transaction anywhere in the cluster delays the feed for a short time
            async with asyncio.timeout(10):
                while not await relay_once(bench.engine, jobs, bench.tools.settings, bench.clock):
                    await asyncio.sleep(0.01)
        await bench.drain()

    [received] = receiver.received
    assert received.message["type"] == "endpoint.disabled"
    assert received.message["data"]["reason"] == "by_owner"
    assert received.message["data"]["link"].endswith(f"/v1/endpoints/{noisy.id}")
    assert (await bench.read(noisy)).state is EndpointState.DISABLED
