"""Leases: a lane holds an endpoint for the time of one turn, by a committed update.

Nothing is held open over a call. A lane that dies leaves its lease to run out.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock, system_clock
from service.foundation.crypto import Keys
from service.foundation.db import Hot
from service.foundation.settings import Settings
from service.outward.webhooks.signing import SECRET_COLUMN
from service.outward.webhooks.statements import LEASE, RELEASE, SECRETS

TURN = timedelta(seconds=5)
"""After this a lane lets others have their turn."""
LEASE_MARGIN = timedelta(seconds=30)
"""What a lease lasts beyond the last call: for storing, and for timers that differ between machines."""


class LeaseLost(RuntimeError):
    """Another lane holds the endpoint now; nothing more may be written."""


def _even_jitter() -> float:
    return random.uniform(-1, 1)  # noqa: S311 - spreads load, guards nothing


@dataclass(frozen=True)
class Tools:
    """What all lanes of a process share."""

    engine: AsyncEngine
    hot: Hot
    keys: Keys
    settings: Settings
    clock: Clock = system_clock
    jitter: Callable[[], float] = _even_jitter

    @property
    def lease(self) -> timedelta:
        """Longer than the longest turn: its time, one call begun at its end, and a margin."""
        return TURN + timedelta(seconds=self.settings.webhook_timeout_s) + LEASE_MARGIN


@dataclass(frozen=True, slots=True)
class Leased:
    """An endpoint as it was when it was leased."""

    endpoint_id: UUID
    lease_id: UUID
    url: str
    wakes: int
    failures_in_a_row: int
    last_success_at: datetime | None


async def lease(tools: Tools, at_most: int) -> list[Leased]:
    """Lease endpoints that are due, those waiting longest first."""
    now = tools.clock()
    rows = await tools.hot.rows(LEASE, {"now": now, "until": now + tools.lease, "at_most": at_most})
    return [Leased(**row) for row in rows]


async def release(tools: Tools, leased: Leased, *, is_drained: bool) -> None:
    """Let go, due again at the next retry; at once if something is left or was put in line since. Raises LeaseLost."""
    released = await tools.hot.rows(
        RELEASE,
        {
            "endpoint_id": leased.endpoint_id,
            "lease_id": leased.lease_id,
            "wakes_seen": leased.wakes,
            "is_drained": is_drained,
            "now": tools.clock(),
        },
    )
    if not released:
        raise LeaseLost


async def secrets(tools: Tools, leased: Leased) -> list[str]:
    """The endpoint's live secrets, newest first."""
    rows = await tools.hot.rows(SECRETS, {"endpoint_id": leased.endpoint_id, "now": tools.clock()})
    return [tools.keys.decrypt(row["secret"], SECRET_COLUMN) for row in rows]
