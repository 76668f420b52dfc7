"""Disabling of endpoints: by failures or by the owner, without loss of deliveries."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.outward.webhooks import EndpointState
from service.foundation.ids import new_id
from service.outward.webhooks.rules import MAX_ATTEMPTS
from service.outward.webhooks.tables import Endpoint
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


async def events_of(bench: WebhookBench, endpoint: Endpoint) -> list[dict[str, Any]]:
    return list(
        await bench.tools.pool.rows(
            "SELECT name, organisation_ids, payload, actor_id FROM event WHERE subject_id = %(id)s ORDER BY id",
            {"id": endpoint.id},
        )
    )


async def run_when_due(bench: WebhookBench, endpoint: Endpoint) -> bool:
    """Move the clock to the due time and deliver. Returns False if the endpoint is not due any more."""
    due_at = (await bench.read(endpoint)).due_at
    if due_at is None:
        return False
    bench.clock.now = max(bench.clock.now, due_at)
    return await bench.drain() > 0


async def test_status_410_disables_the_endpoint_and_records_an_event(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 410) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id(), new_id()])
        await bench.drain()

    assert len(receiver.received) == 1
    after = await bench.read(endpoint)
    assert (after.state, after.disabled_reason, after.version) == (EndpointState.DISABLED, "gone", 2)
    assert await bench.states(endpoint) == ["pending", "pending"]
    assert await events_of(bench, endpoint) == [
        {
            "name": "endpoint.disabled",
            "organisation_ids": [endpoint.organisation_id],
            "payload": {"reason": "gone"},
            "actor_id": None,
        }
    ]


async def test_ten_failed_attempts_disable_the_endpoint_and_keep_its_queue(bench: WebhookBench) -> None:
    began = bench.clock.now
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        while await run_when_due(bench, endpoint):
            pass

    assert len(receiver.received) == MAX_ATTEMPTS
    assert timedelta(days=2.5) < bench.clock.now - began < timedelta(days=3.5)
    after = await bench.read(endpoint)
    assert (after.state, after.disabled_reason) == (EndpointState.DISABLED, "exhausted")
    assert await bench.states(endpoint) == ["pending"]
    assert [event["payload"] for event in await events_of(bench, endpoint)] == [{"reason": "exhausted"}]


async def test_delivery_that_fails_while_others_succeed_is_set_aside(
    bench: WebhookBench,
) -> None:
    poison = new_id()

    def answer(received: Received) -> int:
        return 500 if received.subject_id == poison else 200

    async with a_receiver(answer) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        first, behind = await bench.publish(endpoint.organisation_id, [poison, poison])
        for _ in range(MAX_ATTEMPTS):
            await run_when_due(bench, endpoint)
            await bench.publish(endpoint.organisation_id, [new_id()])
            await bench.drain()

    assert receiver.ids().count(first) == MAX_ATTEMPTS
    assert receiver.ids().count(behind) == 0
    states = await bench.states(endpoint)
    assert (states[0], states[1], states.count("delivered")) == ("set_aside", "pending", MAX_ATTEMPTS)
    after = await bench.read(endpoint)
    assert (after.state, after.due_at) == (EndpointState.ACTIVE, None)


async def test_deliveries_queued_while_disabled_are_sent_in_order_after_enable(bench: WebhookBench) -> None:
    subjects = [new_id(), new_id()]
    async with a_receiver(lambda _: 410) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        events: list[UUID] = []
        for _ in range(3):
            events += await bench.publish(endpoint.organisation_id, subjects)
            await bench.drain()
        receiver.received.clear()
        receiver.answer = lambda _: 200
        await bench.enable(endpoint)
        await bench.drain()

    assert receiver.ids() == events
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_enable_gives_a_delivery_all_attempts_again(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        for _ in range(2):
            while await run_when_due(bench, endpoint):
                pass
            assert (await bench.read(endpoint)).state is EndpointState.DISABLED
            await bench.enable(endpoint)

    assert len(receiver.received) == 2 * MAX_ATTEMPTS
    assert await bench.states(endpoint) == ["pending"]


async def test_endpoint_disabled_during_a_run_ends_it_and_stores_results(
    bench: WebhookBench,
) -> None:
    async def disable_and_accept(_: Received) -> int:
        bench.clock.move(seconds=2)
        await bench.disable(endpoint)
        return 200

    async with a_receiver(disable_and_accept) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id() for _ in range(5)])
        await bench.drain()

    assert len(receiver.received) == 1
    assert (await bench.states(endpoint)).count("delivered") == 1
    assert (await bench.read(endpoint)).disabled_reason == "by_owner"
