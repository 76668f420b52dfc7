"""A worker killed at any moment loses nothing: each event arrives at least once, first arrivals in order."""

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


class Killed:
    """Runs a coroutine for so many steps, then kills it where it stands."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    async def run(self, bench: WebhookBench) -> None:
        for leased in await lease_endpoints(bench.tools, 1):
            turn = asyncio.create_task(run_deliveries(bench.tools, leased))
            for _ in range(self.steps):
                await asyncio.sleep(0)
                if turn.done():
                    break
            turn.cancel()
            await asyncio.gather(turn, return_exceptions=True)


def first_arrivals(received: list[Received]) -> dict[UUID, list[UUID]]:
    """By subject, the events in the order in which each arrived for the first time."""
    arrived: defaultdict[UUID, dict[UUID, None]] = defaultdict(dict)
    for one in received:
        arrived[one.subject_id][one.message_id] = None
    return {subject_id: list(events) for subject_id, events in arrived.items()}


@pytest.mark.parametrize("seed", range(12))
async def test_a_lane_killed_at_random_moments_loses_nothing_and_keeps_the_order(
    bench: WebhookBench, seed: int
) -> None:
    chance = random.Random(seed)
    subjects = [new_id() for _ in range(4)]
    happened: defaultdict[UUID, list[UUID]] = defaultdict(list)

    async with a_receiver(lambda _: 500 if chance.random() < 0.15 else 200) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        for _ in range(8):
            some = [chance.choice(subjects) for _ in range(6)]
            for subject_id, event_id in zip(some, await bench.happened(endpoint.organisation_id, some), strict=True):
                happened[subject_id].append(event_id)
            await Killed(chance.randrange(1, 150)).run(bench)
            bench.clock.move(seconds=chance.choice([1, 90]))
        receiver.answer = lambda _: 200
        for _ in range(10):
            bench.clock.move(hours=3)
            await bench.drain()

    assert first_arrivals(receiver.passed) == happened
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_what_was_sent_but_not_stored_is_sent_again_under_the_same_id(bench: WebhookBench) -> None:
    async def dies(_: Received) -> int:
        turn.cancel()
        return 200

    async with a_receiver(dies) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        [event_id] = await bench.happened(endpoint.organisation_id, [new_id()])
        [leased] = await lease_endpoints(bench.tools, 1)
        turn = asyncio.create_task(run_deliveries(bench.tools, leased))
        await asyncio.gather(turn, return_exceptions=True)
        assert await bench.states(endpoint) == ["pending"]

        receiver.answer = lambda _: 200
        bench.clock.move(seconds=60)
        await bench.drain()

    assert receiver.ids() == [event_id, event_id]
    assert await bench.states(endpoint) == ["delivered"]


async def test_two_workers_and_many_killed_turns_keep_the_order_of_every_endpoint(bench: WebhookBench) -> None:
    chance = random.Random(7)
    async with a_receiver(lambda _: 500 if chance.random() < 0.1 else 200) as receiver:
        endpoints = [await bench.endpoint(receiver.url) for _ in range(3)]
        subjects = {endpoint.id: [new_id(), new_id()] for endpoint in endpoints}
        happened: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for _ in range(6):
            for endpoint in endpoints:
                some = subjects[endpoint.id] * 2
                for subject_id, event_id in zip(
                    some, await bench.happened(endpoint.organisation_id, some), strict=True
                ):
                    happened[subject_id].append(event_id)
            await asyncio.gather(*(Killed(chance.randrange(1, 200)).run(bench) for _ in range(4)))
            bench.clock.move(seconds=70)
        receiver.answer = lambda _: 200
        for _ in range(10):
            bench.clock.move(hours=3)
            await bench.drain()

    assert first_arrivals(receiver.passed) == happened
