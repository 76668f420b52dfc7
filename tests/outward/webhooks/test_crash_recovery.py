"""A killed worker loses nothing: each event is delivered at least once, first deliveries in order."""

import asyncio
import random
from collections import defaultdict
from uuid import UUID

import pytest

from service.foundation.ids import new_id
from service.outward.webhooks.delivery_runs import run_deliveries
from service.outward.webhooks.leases import lease_endpoints
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


class KilledRun:
    """Runs deliveries for a number of event-loop steps, then cancels them."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    async def run(self, bench: WebhookBench) -> None:
        for leased in await lease_endpoints(bench.tools, 1):
            run = asyncio.create_task(run_deliveries(bench.tools, leased))
            for _ in range(self.steps):
                await asyncio.sleep(0)
                if run.done():
                    break
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


def first_deliveries(received: list[Received]) -> dict[UUID, list[UUID]]:
    """Subject id → event ids in the order of their first delivery."""
    delivered: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
    for request in received:
        delivered[request.subject_id][request.message_id] = None
    return {subject_id: list(events) for subject_id, events in delivered.items()}


@pytest.mark.parametrize("seed", range(12))
async def test_run_killed_at_random_steps_loses_nothing_and_keeps_order(bench: WebhookBench, seed: int) -> None:
    chance = random.Random(seed)
    subjects = [new_id() for _ in range(4)]
    published: defaultdict[UUID, list[UUID]] = defaultdict(list)

    async with a_receiver(lambda _: 500 if chance.random() < 0.15 else 200) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        for _ in range(8):
            batch = [chance.choice(subjects) for _ in range(6)]
            for subject_id, event_id in zip(batch, await bench.publish(endpoint.organisation_id, batch), strict=True):
                published[subject_id].append(event_id)
            await KilledRun(chance.randrange(1, 150)).run(bench)
            bench.clock.move(seconds=chance.choice([1, 90]))
        receiver.answer = lambda _: 200
        for _ in range(10):
            bench.clock.move(hours=3)
            await bench.drain()

    assert first_deliveries(receiver.passed) == published
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_delivery_sent_but_not_stored_is_resent_with_the_same_id(bench: WebhookBench) -> None:
    async def cancel_run(_: Received) -> int:
        run.cancel()
        return 200

    async with a_receiver(cancel_run) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        [event_id] = await bench.publish(endpoint.organisation_id, [new_id()])
        [leased] = await lease_endpoints(bench.tools, 1)
        run = asyncio.create_task(run_deliveries(bench.tools, leased))
        await asyncio.gather(run, return_exceptions=True)
        assert await bench.states(endpoint) == ["pending"]

        receiver.answer = lambda _: 200
        bench.clock.move(seconds=60)
        await bench.drain()

    assert receiver.ids() == [event_id, event_id]
    assert await bench.states(endpoint) == ["delivered"]


async def test_killed_runs_of_several_workers_keep_the_order_per_subject(bench: WebhookBench) -> None:
    chance = random.Random(7)
    async with a_receiver(lambda _: 500 if chance.random() < 0.1 else 200) as receiver:
        endpoints = [await bench.endpoint(receiver.url) for _ in range(3)]
        subjects = {endpoint.id: [new_id(), new_id()] for endpoint in endpoints}
        published: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for _ in range(6):
            for endpoint in endpoints:
                batch = subjects[endpoint.id] * 2
                for subject_id, event_id in zip(
                    batch, await bench.publish(endpoint.organisation_id, batch), strict=True
                ):
                    published[subject_id].append(event_id)
            await asyncio.gather(*(KilledRun(chance.randrange(1, 200)).run(bench) for _ in range(4)))
            bench.clock.move(seconds=70)
        receiver.answer = lambda _: 200
        for _ in range(10):
            bench.clock.move(hours=3)
            await bench.drain()

    assert first_deliveries(receiver.passed) == published
