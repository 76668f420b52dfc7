"""Delivery runs: pauses, exclusive leases, no missed deliveries; the loop of the worker."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from structlog.testing import capture_logs

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.worker import delivery
from service.outward.webhooks.delivery_runs import DeliveryRun, run_deliveries
from service.outward.webhooks.leases import LeaseLost, lease_endpoints
from tests.outward.webhooks.receiver import Received, a_receiver
from tests.outward.webhooks.webhook_bench import WebhookBench

NOWHERE = "http://127.0.0.1:1/"


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


async def test_failing_receiver_pauses_only_its_own_endpoint(bench: WebhookBench) -> None:
    async def wait_for_release(_: Received) -> int:
        await released.wait()
        return 500

    released = asyncio.Event()
    async with a_receiver(wait_for_release) as dead, a_receiver() as alive:
        failing, healthy = await bench.endpoint(dead.url), await bench.endpoint(alive.url)
        await bench.publish(failing.organisation_id, [new_id() for _ in range(20)])
        await bench.publish(healthy.organisation_id, [new_id() for _ in range(100)])
        runs = asyncio.create_task(bench.drain())
        await until(lambda: len(alive.passed) == 100)
        assert len(dead.received) == 1
        released.set()
        await runs

    assert len(dead.received) == 5
    assert (await bench.read(failing)).paused_until is not None
    assert (await bench.read(healthy)).paused_until is None


async def test_paused_endpoint_sends_one_probe_until_one_succeeds(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 500) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id() for _ in range(30)])
        await bench.drain()
        assert len(receiver.received) == 5

        await bench.publish(endpoint.organisation_id, [new_id()])
        assert await bench.drain() == 0

        bench.clock.move(seconds=31)
        await bench.drain()
        assert len(receiver.received) == 6

        receiver.answer = lambda _: 200
        bench.clock.move(seconds=61)
        await bench.drain()

    assert len(receiver.passed) == 31
    after = await bench.read(endpoint)
    assert (after.consecutive_failures, after.paused_until, after.due_at) == (0, None, None)


async def test_endpoint_with_an_empty_queue_is_not_due(bench: WebhookBench) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()

    after = await bench.read(endpoint)
    assert (after.due_at, after.leased_until, after.lease_id) == (None, None, None)
    assert await bench.drain() == 0


async def test_failed_delivery_makes_the_endpoint_due_after_its_wait(bench: WebhookBench) -> None:
    async with a_receiver(lambda _: 503) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        await bench.drain()

    assert (await bench.read(endpoint)).due_at == bench.clock.now + timedelta(seconds=5)


@pytest.mark.parametrize("step_name", ["_read_batch", "_store"])
async def test_delivery_queued_during_a_run_is_not_missed(
    bench: WebhookBench, monkeypatch: pytest.MonkeyPatch, step_name: str
) -> None:
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        step, late = getattr(DeliveryRun, step_name), []

        async def step_then_queue_more(run: DeliveryRun, *arguments: object) -> object:
            result = await step(run, *arguments)
            if step_name == "_store" or not result:
                monkeypatch.setattr(DeliveryRun, step_name, step)
                late.extend(await bench.publish(endpoint.organisation_id, [new_id()]))
            return result

        monkeypatch.setattr(DeliveryRun, step_name, step_then_queue_more)
        await bench.drain()

    assert late
    assert receiver.ids()[-1] == late[0]


async def test_lease_gives_each_endpoint_to_one_worker_only(bench: WebhookBench) -> None:
    endpoints = [await bench.endpoint(NOWHERE) for _ in range(20)]
    for endpoint in endpoints:
        await bench.publish(endpoint.organisation_id, [new_id()])

    leases = await asyncio.gather(*(lease_endpoints(bench.tools, 8) for _ in range(6)))

    leased_ids = [leased.endpoint_id for batch in leases for leased in batch]
    assert len(leased_ids) == len(set(leased_ids))
    assert set(leased_ids) == {endpoint.id for endpoint in endpoints}
    assert all(len(batch) <= 8 for batch in leases)


async def test_run_that_lost_its_lease_stores_nothing(bench: WebhookBench) -> None:
    async def wait_until_overtaken(_: Received) -> int:
        await overtaken.wait()
        return 500

    overtaken = asyncio.Event()
    async with a_receiver(wait_until_overtaken) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
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


async def test_lease_lasts_longer_than_the_longest_run(bench: WebhookBench) -> None:
    await bench.publish((await bench.endpoint(NOWHERE)).organisation_id, [new_id()])

    [leased] = await lease_endpoints(bench.tools, 1)

    bench.clock.move(seconds=5 + bench.tools.settings.webhook_timeout_s)
    assert await lease_endpoints(bench.tools, 1) == []
    bench.clock.move(seconds=60)
    assert [again.endpoint_id for again in await lease_endpoints(bench.tools, 1)] == [leased.endpoint_id]


async def test_run_with_a_long_queue_ends_after_its_time(bench: WebhookBench) -> None:
    def take_one_second(_: Received) -> int:
        bench.clock.move(seconds=1)
        return 200

    async with a_receiver(take_one_second) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id() for _ in range(20)])
        await bench.run_due_deliveries()
        assert len(receiver.received) == 5
        assert (await bench.read(endpoint)).due_at == bench.clock.now
        await bench.drain()

    assert len(receiver.ids()) == len(set(receiver.ids())) == 20


async def test_loop_runs_at_most_the_configured_number_of_runs(bench: WebhookBench, settings: Settings) -> None:
    stop, running, maximum = asyncio.Event(), 0, 0

    async def count_running(_: Received) -> int:
        nonlocal running, maximum
        running += 1
        maximum = max(maximum, running)
        await asyncio.sleep(0.05)
        running -= 1
        return 200

    quick = settings.model_copy(update={"delivery_runs_at_once": 2, "delivery_poll_s": 0.02})
    async with a_receiver(count_running) as receiver:
        endpoints = [await bench.endpoint(receiver.url) for _ in range(5)]
        loop = asyncio.create_task(delivery.run(bench.engine, bench.tools.links, quick, bench.keys, bench.clock, stop))
        for _ in range(3):
            for endpoint in endpoints:
                await bench.publish(endpoint.organisation_id, [new_id()])
        await until(lambda: len(receiver.passed) == 15)
        stop.set()
        await asyncio.wait_for(loop, 5)

    assert len(set(receiver.ids())) == 15
    assert maximum == 2


async def test_stopped_run_ends_after_its_call_and_releases_the_endpoint(bench: WebhookBench) -> None:
    stop = asyncio.Event()

    async def set_stop(_: Received) -> int:
        stop.set()
        return 200

    async with a_receiver(set_stop) as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id() for _ in range(9)])
        await asyncio.wait_for(delivery.deliver(bench.tools, stop), 5)

    assert len(receiver.received) == 1
    after = await bench.read(endpoint)
    assert (after.lease_id, after.due_at) == (None, bench.clock.now)
    assert (await bench.states(endpoint)).count("delivered") == 1


async def test_unexpected_error_of_one_run_does_not_affect_others(
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
            await bench.publish(endpoint.organisation_id, [new_id()])
        with capture_logs() as lines:
            loop = asyncio.create_task(delivery.deliver(bench.tools, stop))
            await until(lambda: receiver.passed)
            stop.set()
            await asyncio.wait_for(loop, 5)

    assert await bench.states(broken) == ["pending"]
    assert [line["endpoint_id"] for line in lines if line["event"] == "a delivery run failed"] == [str(broken.id)]


async def test_loop_continues_after_a_database_error(bench: WebhookBench) -> None:
    class FailingPool:
        calls = 0

        def rows(self, *arguments: object) -> Awaitable[object]:
            self.calls += 1
            if self.calls == 1:
                raise psycopg.OperationalError
            return bench.tools.pool.rows(*arguments)  # type: ignore[arg-type]  # passed on as it came

    stop = asyncio.Event()
    async with a_receiver() as receiver:
        endpoint = await bench.endpoint(receiver.url)
        await bench.publish(endpoint.organisation_id, [new_id()])
        loop = asyncio.create_task(delivery.deliver(replace(bench.tools, pool=FailingPool()), stop))  # type: ignore[arg-type]  # a double
        await until(lambda: receiver.passed)
        stop.set()
        await asyncio.wait_for(loop, 5)
