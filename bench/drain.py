"""Benchmark of webhooks: deliveries per second of the worker, compared with the bare HTTP client.

Twenty endpoints, one receiver on the same machine, alternating rounds in one run, medians. It is no timed test.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import httpx

from bench.database import database
from service.domains import DOMAINS
from service.foundation.clock import system_clock
from service.foundation.crypto import create_keys, load_keys
from service.foundation.db import AutocommitPool, create_engine
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.operations.worker import delivery
from service.outward.webhooks.leases import DeliveryTools
from tests.conftest import FakeClock
from tests.outward.webhooks.webhook_bench import WebhookBench

ENDPOINTS = 20
EACH = 100
ROUNDS = 5
BODY = b"x" * 420
HEADERS = {"content-type": "application/json", "webhook-id": "x" * 36, "webhook-signature": "v1," + "x" * 44}


class PresentClock(FakeClock):
    """The real time, with the interface of FakeClock for the test builders."""

    now = property(lambda self: system_clock(), lambda self, value: None)  # type: ignore[assignment]  # no attribute


async def run() -> str:
    """Return one line: `drain endpoints=20 ratio=0.NN …`."""
    with subprocess.Popen([sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdout  # noqa: S101 - stdout is a pipe
        url = f"http://127.0.0.1:{int(sink.stdout.readline())}/hook"
        try:
            async with _bench() as bench:
                return await _measure(bench, url)
        finally:
            sink.kill()


async def _measure(bench: WebhookBench, url: str) -> str:
    organisations = [await bench.organisation() for _ in range(ENDPOINTS)]
    for number, organisation_id in enumerate(organisations):
        await bench.endpoint(f"{url}/{number}", organisation_id)
    own_rates, bare_rates = [], []
    for _ in range(ROUNDS):
        for organisation_id in organisations:
            await bench.publish(organisation_id, [new_id() for _ in range(EACH)])
        own_rates.append(await _rate(lambda: _drain(bench)))
        bare_rates.append(await _rate(lambda: _post_all(url)))
    ratio = statistics.median(own_rate / bare_rate for own_rate, bare_rate in zip(own_rates, bare_rates, strict=True))
    return (
        f"drain endpoints={ENDPOINTS} ratio={ratio:.2f}"
        f" per_s={statistics.median(own_rates):.0f} client_per_s={statistics.median(bare_rates):.0f}"
    )


async def _rate(work: Callable[[], Awaitable[None]]) -> float:
    start_s = time.perf_counter()
    await work()
    return ENDPOINTS * EACH / (time.perf_counter() - start_s)


async def _drain(bench: WebhookBench) -> None:
    """Run deliveries until none is pending."""
    stop = asyncio.Event()
    task = asyncio.create_task(delivery.deliver(bench.tools, stop))
    pending = "SELECT EXISTS (SELECT FROM delivery WHERE state = 'pending') AS is_waiting"
    while (await bench.tools.pool.rows(pending, {}))[0]["is_waiting"]:
        await asyncio.sleep(0.02)
    stop.set()
    await task


async def _post_all(url: str) -> None:
    """Send the same requests with the bare client, one connection per endpoint."""

    async def send_all(number: int) -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1), trust_env=False) as client:
            for _ in range(EACH):
                await client.post(f"{url}/{number}", content=BODY, headers=HEADERS)

    await asyncio.gather(*(send_all(number) for number in range(ENDPOINTS)))


@asynccontextmanager
async def _bench() -> AsyncIterator[WebhookBench]:
    """Create a temporary database and the test bench for webhooks."""
    with database() as rows, tempfile.TemporaryDirectory() as folder:
        create_keys(Path(folder))
        settings = Settings(
            environment="development",
            database_url=rows.service_url,
            keys_directory=Path(folder),
            webhook_allowed_subnets=(ip_network("127.0.0.0/8"),),
            delivery_runs_at_once=ENDPOINTS,
        )
        engine, pool, clock = create_engine(settings), AutocommitPool(settings), PresentClock()
        await pool.open()
        try:
            yield WebhookBench(
                DeliveryTools(
                    engine, pool, load_keys(Path(folder)), settings, DOMAINS.links(settings.public_url), clock
                ),
                clock,
            )
        finally:
            await pool.close()
            await engine.dispose()
