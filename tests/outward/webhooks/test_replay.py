"""Replay of deliveries."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from schemas.outward.webhooks import ReplayCreate
from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.outward.webhooks import rules
from service.outward.webhooks.actions.replay import replay_deliveries
from service.outward.webhooks.errors import EndpointNotFound, ReplayTooLarge, ReplayUnbounded
from service.outward.webhooks.tables import Endpoint
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


async def replay(bench: WebhookBench, endpoint: Endpoint, **fields: Any) -> int:
    actor = await bench.secretary(endpoint.organisation_id)
    async with transaction(bench.engine) as session:
        return await replay_deliveries(session, actor, endpoint.id, ReplayCreate(**fields))


async def set_aside(bench: WebhookBench, endpoint: Endpoint, position: int) -> None:
    await bench.tools.pool.rows(
        "UPDATE delivery SET state = 'set_aside', attempts = 10"
        " WHERE endpoint_id = %(endpoint_id)s AND position = %(position)s RETURNING id",
        {"endpoint_id": endpoint.id, "position": position},
    )


async def test_replay_by_ids_sends_in_feed_order(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        events = await bench.publish(endpoint.organisation_id, [new_id() for _ in range(4)])
        await bench.drain()
        deliveries = await bench.deliveries(endpoint)
        count = await replay(bench, endpoint, delivery_ids=[deliveries[2].id, deliveries[0].id])
        await bench.drain()

    assert count == 2
    assert receiver.ids() == [*events, events[0], events[2]]
    first, _, again, _ = (receiver.received[index] for index in (0, 2, 4, 5))
    assert first.body == again.body


async def test_replay_by_time_range_sends_only_that_range(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        times: list[datetime] = []
        events = []
        for _ in range(3):
            bench.clock.move(minutes=1)
            times.append(bench.clock.now)
            events += await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()
        count = await replay(bench, endpoint, from_at=times[1], until_at=times[2])
        await bench.drain()

    assert count == 1
    assert receiver.ids() == [*events, events[1]]


async def test_replay_only_missing_unblocks_the_subject_in_order(bench: WebhookBench) -> None:
    stuck, other = new_id(), new_id()

    def answer(received: Received) -> int:
        return 500 if received.subject_id == stuck else 200

    async with a_receiver(answer) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        aside, passed, behind = await bench.publish(endpoint.organisation_id, [stuck, other, stuck])
        await bench.drain()
        await set_aside(bench, endpoint, (await bench.deliveries(endpoint))[0].position)
        bench.clock.move(days=1)
        await bench.drain()
        receiver.received.clear()
        receiver.answer = lambda _: 200

        count = await replay(bench, endpoint, only_missing=True)
        await bench.drain()

    assert count == 1
    assert receiver.ids() == [aside, behind]
    assert passed not in receiver.ids()
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_replay_without_bounds_is_refused(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint("http://127.0.0.1:1/")

    for body in ({}, {"from_at": bench.clock.now}, {"until_at": bench.clock.now}):
        with pytest.raises(ReplayUnbounded):
            await replay(bench, endpoint, **body)


async def test_replay_of_too_many_is_refused(bench: WebhookBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_REPLAYED", 2)
    endpoint = await bench.endpoint("http://127.0.0.1:1/")
    await bench.publish(endpoint.organisation_id, [new_id(), new_id(), new_id()])

    with pytest.raises(ReplayTooLarge):
        await replay(bench, endpoint, from_at=bench.clock.now, until_at=bench.clock.now + timedelta(seconds=1))


async def test_replay_of_another_endpoints_delivery_does_nothing(bench: WebhookBench) -> None:
    endpoint, other = await bench.endpoint("http://127.0.0.1:1/"), await bench.endpoint("http://127.0.0.1:1/")
    await bench.publish(other.organisation_id, [new_id()])
    [delivery] = await bench.deliveries(other)

    assert await replay(bench, endpoint, delivery_ids=[delivery.id]) == 0
    actor = await bench.secretary(endpoint.organisation_id)
    async with transaction(bench.engine) as session:
        with pytest.raises(EndpointNotFound):
            await replay_deliveries(session, actor, other.id, ReplayCreate(delivery_ids=[delivery.id]))
