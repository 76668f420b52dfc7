"""Leases: a delivery run reserves one endpoint with a committed UPDATE.

No transaction is open during a call. If a worker dies, its lease expires and another worker takes the endpoint.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.links import Links
from service.foundation.settings import Settings
from service.outward.webhooks.signing import SECRET_COLUMN
from service.outward.webhooks.statements import LEASE, RELEASE, SECRETS

RUN_TIME = timedelta(seconds=5)
"""The longest time of one run; then other due endpoints come first."""
LEASE_MARGIN = timedelta(seconds=30)
"""Extra time of a lease after the last call: to store results, and for clock skew between machines."""


class LeaseLost(RuntimeError):
    """Another run has leased the endpoint: this run must not write any more."""


def _uniform_jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads load, not security


@dataclass(frozen=True)
class DeliveryTools:
    """What all delivery runs of a process share."""

    engine: AsyncEngine
    pool: AutocommitPool
    keys: Keys
    settings: Settings
    links: Links
    clock: Clock = system_clock
    jitter: Callable[[], float] = _uniform_jitter

    @property
    def lease_time(self) -> timedelta:
        """Longer than the longest run: `RUN_TIME`, one call that starts at its end, and a margin."""
        return RUN_TIME + timedelta(seconds=self.settings.webhook_timeout_s) + LEASE_MARGIN


@dataclass(frozen=True, slots=True)
class LeasedEndpoint:
    """The state of an endpoint when it was leased."""

    endpoint_id: UUID
    lease_id: UUID
    url: str
    wake_count: int
    consecutive_failures: int
    last_success_at: datetime | None


async def lease_endpoints(tools: DeliveryTools, at_most: int) -> list[LeasedEndpoint]:
    """Lease up to `at_most` due endpoints, the longest overdue first."""
    now = tools.clock()
    rows = await tools.pool.rows(LEASE, {"now": now, "until": now + tools.lease_time, "at_most": at_most})
    return [LeasedEndpoint(**row) for row in rows]


async def release_endpoint(tools: DeliveryTools, leased: LeasedEndpoint, *, is_drained: bool) -> None:
    """End the lease and set when the endpoint is due next. Raises LeaseLost.

    It is due at once if deliveries are left or were queued since the lease, otherwise at the next retry.
    """
    rows = await tools.pool.rows(
        RELEASE,
        {
            "endpoint_id": leased.endpoint_id,
            "lease_id": leased.lease_id,
            "wake_count_at_lease": leased.wake_count,
            "is_drained": is_drained,
            "now": tools.clock(),
        },
    )
    if not rows:
        raise LeaseLost


async def live_secrets(tools: DeliveryTools, leased: LeasedEndpoint) -> list[str]:
    """The endpoint's live secrets, newest first."""
    rows = await tools.pool.rows(SECRETS, {"endpoint_id": leased.endpoint_id, "now": tools.clock()})
    return [tools.keys.decrypt(row["secret"], SECRET_COLUMN) for row in rows]
