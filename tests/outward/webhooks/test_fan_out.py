"""Every endpoint that wants an event gets one delivery of it, disabled or not, and is woken."""

from datetime import timedelta

from schemas.events import EventName
from schemas.outward.webhooks import EndpointState
from service.foundation.db import transaction
from service.foundation.ids import new_id
from service.outward.webhooks.fan_out import fan_out
from tests.outward.webhooks.webhook_bench import WebhookBench

NOWHERE = "http://127.0.0.1:1/"


async def test_an_event_goes_to_those_of_its_organisations_that_subscribed(bench: WebhookBench) -> None:
    ours = await bench.endpoint(NOWHERE)
    second = await bench.endpoint(NOWHERE, ours.organisation_id)
    uninterested = await bench.endpoint(NOWHERE, ours.organisation_id, event_names=["endpoint.created"])
    stranger = await bench.endpoint(NOWHERE)

    [event_id] = await bench.happened(ours.organisation_id, [new_id()])

    for endpoint in (ours, second):
        assert [delivery.event_id for delivery in await bench.deliveries(endpoint)] == [event_id]
    for endpoint in (uninterested, stranger):
        assert await bench.deliveries(endpoint) == []
        assert (await bench.read(endpoint)).due_at is None


async def test_a_batch_wakes_an_endpoint_once_and_never_puts_it_off(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE, due_at=bench.clock.now - timedelta(seconds=9))

    await bench.happened(endpoint.organisation_id, [new_id(), new_id(), new_id()])

    woken = await bench.read(endpoint)
    assert (woken.wake_count, woken.due_at) == (1, bench.clock.now - timedelta(seconds=9))
    assert len(await bench.deliveries(endpoint)) == 3


async def test_a_disabled_endpoint_misses_nothing(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE, state=EndpointState.DISABLED)

    await bench.happened(endpoint.organisation_id, [new_id()])

    assert await bench.states(endpoint) == ["pending"]
    assert await bench.drain() == 0


async def test_only_the_positions_named_are_put_in_line(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)
    await bench.happened(endpoint.organisation_id, [new_id(), new_id(), new_id()])
    positions = [delivery.position for delivery in await bench.deliveries(endpoint)]

    async with transaction(bench.engine) as session:
        made = await fan_out(session, positions[1], positions[1], bench.clock.now)

    assert made == 1
    assert [delivery.position for delivery in await bench.deliveries(endpoint)] == sorted([*positions, positions[1]])


async def test_ids_tell_the_moment_and_keep_the_order_of_the_feed(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)

    await bench.happened(endpoint.organisation_id, [new_id() for _ in range(20)])

    ids = [delivery.id for delivery in await bench.deliveries(endpoint)]
    assert {identifier.version for identifier in ids} == {7}
    assert {identifier.int >> 80 for identifier in ids} == {int(bench.clock.now.timestamp() * 1000)}
    assert ids == sorted(ids)


async def test_events_nobody_subscribed_to_make_no_deliveries(bench: WebhookBench) -> None:
    endpoint = await bench.endpoint(NOWHERE)

    await bench.happened(endpoint.organisation_id, [new_id()], EventName.VISIT_CHECKED_IN)

    assert await bench.deliveries(endpoint) == []
