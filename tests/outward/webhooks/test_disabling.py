"""An endpoint is disabled only when its receiver is gone, its owner hears of it, and nothing is dropped."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from schemas.outward.webhooks import EndpointState
from service.foundation.ids import new_id
from service.outward.webhooks.rules import MAX_ATTEMPTS
from service.outward.webhooks.tables import Endpoint
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench


async def told(bench: WebhookBench, endpoint: Endpoint) -> list[dict[str, Any]]:
    return list(
        await bench.tools.pool.rows(
            "SELECT name, organisation_ids, payload, actor_id FROM event WHERE subject_id = %(id)s ORDER BY id",
            {"id": endpoint.id},
        )
    )


async def wait_for_the_lane(bench: WebhookBench, endpoint: Endpoint) -> bool:
    """Move to the moment the lane is due and give it its turns; False when it is never due again."""
    due_at = (await bench.read(endpoint)).due_at
    if due_at is None:
        return False
    bench.clock.now = max(bench.clock.now, due_at)
    return await bench.drain() > 0


async def test_gone_disables_at_once_and_the_owner_hears_of_it(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 410) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id(), new_id()])
        await bench.drain()

    assert len(receiver.received) == 1
    after = await bench.read(endpoint)
    assert (after.state, after.disabled_reason, after.version) == (EndpointState.DISABLED, "gone", 2)
    assert await bench.states(endpoint) == ["pending", "pending"]
    assert await told(bench, endpoint) == [
        {
            "name": "endpoint.disabled",
            "organisation_ids": [endpoint.organisation_id],
            "payload": {"reason": "gone"},
            "actor_id": None,
        }
    ]


async def test_ten_failed_tries_with_no_success_at_all_disable_and_drop_nothing(bench: WebhookBench) -> None:
    began = bench.clock.now
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        while await wait_for_the_lane(bench, endpoint):
            pass

    assert len(receiver.received) == MAX_ATTEMPTS
    assert timedelta(days=2.5) < bench.clock.now - began < timedelta(days=3.5)
    after = await bench.read(endpoint)
    assert (after.state, after.disabled_reason) == (EndpointState.DISABLED, "exhausted")
    assert await bench.states(endpoint) == ["pending"]
    assert [event["payload"] for event in await told(bench, endpoint)] == [{"reason": "exhausted"}]


async def test_an_event_that_keeps_failing_while_others_pass_is_set_aside_and_its_subject_waits(
    bench: WebhookBench,
) -> None:
    poison = new_id()

    def answer(received: Received) -> int:
        return 500 if received.subject_id == poison else 200

    async with a_receiver(answer) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        first, behind = await bench.happened(endpoint.organisation_id, [poison, poison])
        for _ in range(MAX_ATTEMPTS):
            await wait_for_the_lane(bench, endpoint)
            await bench.happened(endpoint.organisation_id, [new_id()])
            await bench.drain()

    assert receiver.ids().count(first) == MAX_ATTEMPTS
    assert receiver.ids().count(behind) == 0
    states = await bench.states(endpoint)
    assert (states[0], states[1], states.count("delivered")) == ("set_aside", "pending", MAX_ATTEMPTS)
    after = await bench.read(endpoint)
    assert (after.state, after.due_at) == (EndpointState.ACTIVE, None)


async def test_what_came_while_disabled_arrives_in_order_once_enabled(bench: WebhookBench) -> None:
    subjects = [new_id(), new_id()]
    async with a_receiver(lambda _: 410) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        events: list[UUID] = []
        for _ in range(3):
            events += await bench.happened(endpoint.organisation_id, subjects)
            await bench.drain()
        receiver.received.clear()
        receiver.answer = lambda _: 200
        await bench.enable(endpoint)
        await bench.drain()

    assert receiver.ids() == events
    assert set(await bench.states(endpoint)) == {"delivered"}


async def test_once_enabled_a_delivery_has_all_its_tries_anew(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        for _ in range(2):
            while await wait_for_the_lane(bench, endpoint):
                pass
            assert (await bench.read(endpoint)).state is EndpointState.DISABLED
            await bench.enable(endpoint)

    assert len(receiver.received) == 2 * MAX_ATTEMPTS
    assert await bench.states(endpoint) == ["pending"]


async def test_an_owner_who_disables_during_a_turn_is_obeyed_and_what_was_sent_is_remembered(
    bench: WebhookBench,
) -> None:
    async def disables(_: Received) -> int:
        bench.clock.move(seconds=2)
        await bench.disable(endpoint)
        return 200

    async with a_receiver(disables) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id() for _ in range(5)])
        await bench.drain()

    assert len(receiver.received) == 1
    assert (await bench.states(endpoint)).count("delivered") == 1
    assert (await bench.read(endpoint)).disabled_reason == "by_owner"
