"""Lanes rest alone, are held by one at a time, and sleep through nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from structlog.testing import capture_logs

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.worker import delivery as lanes
from service.outward.webhooks.delivery_runs import DeliveryRun, run_deliveries
from service.outward.webhooks.leases import LeaseLost, lease_endpoints
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench

NOWHERE = "http://127.0.0.1:1/"


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


async def test_a_dead_receiver_pauses_only_its_own_lane(bench: WebhookBench) -> None:
    async def silent(_: Received) -> int:
        await given_up.wait()
        return 500

    given_up = asyncio.Event()
    async with a_receiver(silent) as dead, a_receiver() as alive:
        failing, healthy = await bench.endpoint(dead.url), await bench.endpoint(alive.url)
        await bench.happened(failing.organisation_id, [new_id() for _ in range(20)])
        await bench.happened(healthy.organisation_id, [new_id() for _ in range(100)])
        turns = asyncio.create_task(bench.drain())
        await until(lambda: len(alive.passed) == 100)
        assert len(dead.received) == 1
        given_up.set()
        await turns

    assert len(dead.received) == 5
    assert (await bench.read(failing)).paused_until is not None
    assert (await bench.read(healthy)).paused_until is None


async def test_an_open_breaker_lets_one_through_at_a_time_until_one_passes(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id() for _ in range(30)])
        await bench.drain()
        assert len(receiver.received) == 5

        await bench.happened(endpoint.organisation_id, [new_id()])
        assert await bench.drain() == 0

        bench.clock.move(seconds=31)
        await bench.drain()
        assert len(receiver.received) == 6

        receiver.answer = lambda _: 200
        bench.clock.move(seconds=61)
        await bench.drain()

    assert len(receiver.passed) == 31
    resting = await bench.read(endpoint)
    assert (resting.consecutive_failures, resting.paused_until, resting.due_at) == (0, None, None)


async def test_an_endpoint_with_nothing_in_line_sleeps(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        await bench.drain()

    resting = await bench.read(endpoint)
    assert (resting.due_at, resting.leased_until, resting.lease_id) == (None, None, None)
    assert await bench.drain() == 0


async def test_a_failed_delivery_wakes_the_lane_when_its_wait_is_over(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 503) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        await bench.drain()

    assert (await bench.read(endpoint)).due_at == bench.clock.now + timedelta(seconds=5)


@pytest.mark.parametrize("moment", ["_read_batch", "_store"])
async def test_what_is_put_in_line_during_a_turn_is_not_slept_through(
    bench: WebhookBench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        step, late = getattr(DeliveryRun, moment), []

        async def then_more_happens(turn: DeliveryRun, *said: object) -> object:
            done = await step(turn, *said)
            if moment == "_store" or not done:
                monkeypatch.setattr(DeliveryRun, moment, step)
                late.extend(await bench.happened(endpoint.organisation_id, [new_id()]))
            return done

        monkeypatch.setattr(DeliveryRun, moment, then_more_happens)
        await bench.drain()

    assert late
    assert receiver.ids()[-1] == late[0]


async def test_two_workers_never_hold_the_same_endpoint(bench: WebhookBench) -> None:
    endpoints = [await bench.endpoint(NOWHERE) for _ in range(20)]
    for endpoint in endpoints:
        await bench.happened(endpoint.organisation_id, [new_id()])

    held = await asyncio.gather(*(lease_endpoints(bench.tools, 8) for _ in range(6)))

    leased = [one.endpoint_id for some in held for one in some]
    assert len(leased) == len(set(leased))
    assert set(leased) == {endpoint.id for endpoint in endpoints}
    assert all(len(some) <= 8 for some in held)


async def test_a_lane_that_lost_its_lease_writes_nothing(bench: WebhookBench) -> None:
    async def takes_its_time(_: Received) -> int:
        await overtaken.wait()
        return 500

    overtaken = asyncio.Event()
    async with a_receiver(takes_its_time) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        [slow] = await lease_endpoints(bench.tools, 1)
        late = asyncio.create_task(run_deliveries(bench.tools, slow))
        while not receiver.received:
            await asyncio.sleep(0.01)

        bench.clock.move(seconds=3600)
        receiver.answer = lambda _: 200
        await bench.drain()
        overtaken.set()
        with pytest.raises(LeaseLost):
            await late

    [delivery] = await bench.deliveries(endpoint)
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 200)
    assert (await bench.read(endpoint)).consecutive_failures == 0


async def test_a_lease_outlasts_the_longest_turn(bench: WebhookBench) -> None:
    await bench.happened((await bench.endpoint(NOWHERE)).organisation_id, [new_id()])

    [leased] = await lease_endpoints(bench.tools, 1)

    bench.clock.move(seconds=5 + bench.tools.settings.webhook_timeout_s)
    assert await lease_endpoints(bench.tools, 1) == []
    bench.clock.move(seconds=60)
    assert [one.endpoint_id for one in await lease_endpoints(bench.tools, 1)] == [leased.endpoint_id]


async def test_a_lane_with_much_to_send_lets_others_have_their_turn(bench: WebhookBench) -> None:
    def takes_a_second(_: Received) -> int:
        bench.clock.move(seconds=1)
        return 200

    async with a_receiver(takes_a_second) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id() for _ in range(20)])
        await bench.run_due_deliveries()
        assert len(receiver.received) == 5
        assert (await bench.read(endpoint)).due_at == bench.clock.now
        await bench.drain()

    assert len(receiver.ids()) == len(set(receiver.ids())) == 20


async def test_the_loop_delivers_as_things_happen_in_so_many_lanes_at_once_and_no_more(
    bench: WebhookBench, settings: Settings
) -> None:
    stop, busy, most = asyncio.Event(), 0, 0

    async def counts(_: Received) -> int:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.05)
        busy -= 1
        return 200

    quick = settings.model_copy(update={"delivery_runs_at_once": 2, "delivery_poll_s": 0.02})
    async with a_receiver(counts) as receiver:
        endpoints = [await bench.endpoint(receiver.url) for _ in range(5)]
        loop = asyncio.create_task(lanes.run(bench.engine, bench.tools.links, quick, bench.keys, bench.clock, stop))
        for _ in range(3):
            for endpoint in endpoints:
                await bench.happened(endpoint.organisation_id, [new_id()])
        await until(lambda: len(receiver.passed) == 15)
        stop.set()
        await asyncio.wait_for(loop, 5)

    assert len(set(receiver.ids())) == 15
    assert most == 2


async def test_told_to_stop_a_turn_ends_after_its_call_and_frees_the_endpoint(bench: WebhookBench) -> None:
    stop = asyncio.Event()

    async def asks_to_stop(_: Received) -> int:
        stop.set()
        return 200

    async with a_receiver(asks_to_stop) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id() for _ in range(9)])
        await asyncio.wait_for(lanes.deliver(bench.tools, stop), 5)

    assert len(receiver.received) == 1
    resting = await bench.read(endpoint)
    assert (resting.lease_id, resting.due_at) == (None, bench.clock.now)
    assert (await bench.states(endpoint)).count("delivered") == 1


async def test_a_turn_that_fails_unforeseen_leaves_the_other_lanes_alone(
    bench: WebhookBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = asyncio.Event()
    async with a_receiver() as receiver:
        broken, healthy = await bench.endpoint("http://[broken/"), await bench.endpoint(receiver.url)
        await bench.tools.pool.rows(
            "UPDATE endpoint_secret SET secret = 'unreadable' WHERE endpoint_id = %(id)s RETURNING id",
            {"id": broken.id},
        )
        for endpoint in (broken, healthy):
            await bench.happened(endpoint.organisation_id, [new_id()])
        with capture_logs() as lines:
            loop = asyncio.create_task(lanes.deliver(bench.tools, stop))
            await until(lambda: receiver.passed)
            stop.set()
            await asyncio.wait_for(loop, 5)

    assert await bench.states(broken) == ["pending"]
    assert [line["endpoint_id"] for line in lines if line["event"] == "a delivery run failed"] == [str(broken.id)]


async def test_the_loop_outlives_a_database_that_is_away(bench: WebhookBench) -> None:
    class Away:
        calls = 0

        def rows(self, *said: object) -> Awaitable[object]:
            self.calls += 1
            if self.calls == 1:
                raise psycopg.OperationalError
            return bench.tools.pool.rows(*said)  # type: ignore[arg-type]  # passed on as it came

    stop = asyncio.Event()
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.happened(endpoint.organisation_id, [new_id()])
        loop = asyncio.create_task(lanes.deliver(replace(bench.tools, pool=Away()), stop))  # type: ignore[arg-type]  # a double
        await until(lambda: receiver.passed)
        stop.set()
        await asyncio.wait_for(loop, 5)
