"""Fan-out: one delivery for each subscribed endpoint, also if it is disabled."""

from datetime import timedelta

from schemas.events import EventName
from schemas.outward.webhooks import EndpointState
from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.outward.webhooks.fan_out import fan_out
from tests.outward.webhooks.webhook_bench import WebhookBench

NOWHERE = "http://127.0.0.1:1/"


async def test_fan_out_queues_only_for_subscribed_endpoints(bench: WebhookBench) -> None:
    subscribed = await bench.endpoint(NOWHERE)
    second = await bench.endpoint(NOWHERE, subscribed.organisation_id)
    uninterested = await bench.endpoint(NOWHERE, subscribed.organisation_id, event_names=["endpoint.created"])
    stranger = await bench.endpoint(NOWHERE)

    [event_id] = await bench.publish(subscribed.organisation_id, [new_id()])

    for endpoint in (subscribed, second):
        assert [delivery.event_id for delivery in await bench.deliveries(endpoint)] == [event_id]
    for endpoint in (uninterested, stranger):
        assert await bench.deliveries(endpoint) == []
        assert (await bench.read(endpoint)).due_at is None


async def test_fan_out_of_a_batch_wakes_once_and_keeps_an_earlier_due_time(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE, due_at=bench.clock.now - timedelta(seconds=9))

    await bench.publish(endpoint.organisation_id, [new_id(), new_id(), new_id()])

    after = await bench.read(endpoint)
    assert (after.wake_count, after.due_at) == (1, bench.clock.now - timedelta(seconds=9))
    assert len(await bench.deliveries(endpoint)) == 3


async def test_fan_out_queues_for_a_disabled_endpoint(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE, state=EndpointState.DISABLED)

    await bench.publish(endpoint.organisation_id, [new_id()])

    assert await bench.states(endpoint) == ["pending"]
    assert await bench.drain() == 0


async def test_fan_out_queues_only_the_given_positions(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    await bench.publish(endpoint.organisation_id, [new_id(), new_id(), new_id()])
    positions = [delivery.position for delivery in await bench.deliveries(endpoint)]

    async with transaction(bench.engine) as session:
        count = await fan_out(session, positions[1], positions[1], bench.clock.now)

    assert count == 1
    assert [delivery.position for delivery in await bench.deliveries(endpoint)] == sorted([*positions, positions[1]])


async def test_delivery_ids_contain_the_time_and_keep_feed_order(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)

    await bench.publish(endpoint.organisation_id, [new_id() for _ in range(20)])

    ids = [delivery.id for delivery in await bench.deliveries(endpoint)]
    assert {identifier.version for identifier in ids} == {7}
    assert {identifier.int >> 80 for identifier in ids} == {int(bench.clock.now.timestamp() * 1000)}
    assert ids == sorted(ids)


async def test_fan_out_without_subscription_queues_nothing(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)

    await bench.publish(endpoint.organisation_id, [new_id()], EventName.VISIT_CHECKED_IN)

    assert await bench.deliveries(endpoint) == []
