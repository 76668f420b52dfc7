"""One turn of one lane: what is in line for a leased endpoint is sent in order, and what came of it is stored.

What a lane sent without storing, because it died, is sent again under the same `webhook-id`.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.outward.webhooks import DeliveryState, EndpointState
from service.foundation.db import transaction
from service.foundation.http import NoResponse, OutboundClient, OutboundResponse
from service.outward.webhooks import actions, message, rules
from service.outward.webhooks.leases import TURN, Leased, LeaseLost, Tools, release, secrets
from service.outward.webhooks.rules import Health, Outcome
from service.outward.webhooks.signing import signed_headers
from service.outward.webhooks.statements import STORE, TAKE

BATCH = 50
"""Deliveries taken at once."""
STORE_EVERY = timedelta(seconds=1)
"""How long results may wait to be stored: after a crash that much is sent twice."""

STATE_AFTER = {Outcome.DELIVERED: DeliveryState.DELIVERED, Outcome.SET_ASIDE: DeliveryState.SET_ASIDE}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery in line, with its event."""

    id: UUID
    event_id: UUID
    subject_id: UUID
    attempts: int
    first_attempt_at: datetime | None
    event_name: str
    occurred_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What one attempt came to, as it is stored."""

    id: UUID
    outcome: Outcome
    attempts: int
    first_attempt_at: datetime
    at: datetime
    next_attempt_at: datetime
    status: int | None
    answer: str

    @property
    def state(self) -> DeliveryState:
        return STATE_AFTER.get(self.outcome, DeliveryState.PENDING)


async def take_turn(tools: Tools, leased: Leased, stop: asyncio.Event | None = None) -> None:
    """Send until nothing eligible is left, time is up, or the lane has to rest; then release. Raises LeaseLost."""
    caller = OutboundClient(timeout_s=tools.settings.webhook_timeout_s, allowed=tools.settings.webhook_allowed_subnets)
    async with caller:
        turn = Turn(tools, leased, caller, stop or asyncio.Event(), await secrets(tools, leased))
        is_drained = await turn.run()
    await release(tools, leased, is_drained=is_drained)


@dataclass
class Turn:
    """The state of a turn: how the endpoint answers, and what is not stored yet."""

    tools: Tools
    leased: Leased
    caller: OutboundClient
    stop: asyncio.Event
    secrets: Sequence[str]
    health: Health = field(init=False)
    is_over: bool = field(default=False, init=False)
    results: list[Result] = field(default_factory=list, init=False)
    ends_at: datetime = field(init=False)
    stored_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.health = Health(self.leased.failures_in_a_row, self.leased.last_success_at)
        self.stored_at = self.tools.clock()
        self.ends_at = self.stored_at + TURN

    async def run(self) -> bool:
        """Say whether nothing eligible was left."""
        while not self._must_end():
            batch = await self._take()
            if not batch:
                return True
            await self._send_in_order(batch)
        return False

    def _must_end(self) -> bool:
        return (
            self.is_over
            or self.stop.is_set()
            or self.health.paused_until is not None
            or self.tools.clock() >= self.ends_at
        )

    async def _take(self) -> list[Waiting]:
        wanted = {"endpoint_id": self.leased.endpoint_id, "now": self.tools.clock(), "at_most": BATCH}
        rows = await self.tools.pool.rows(TAKE, wanted)
        return [Waiting(**row) for row in rows]

    async def _send_in_order(self, batch: Sequence[Waiting]) -> None:
        """Send each, save those behind one of their subject that failed just now."""
        failed: set[UUID] = set()
        for waiting in batch:
            if self._must_end():
                break
            if waiting.subject_id in failed:
                continue
            result = await self._attempt(waiting)
            self.results.append(result)
            if result.outcome is not Outcome.DELIVERED:
                failed.add(waiting.subject_id)
            if result.outcome in rules.DISABLING:
                self.is_over = True
            elif result.at - self.stored_at >= STORE_EVERY:
                await self._store()
        await self._store()

    async def _attempt(self, waiting: Waiting) -> Result:
        sent_at, attempts = self.tools.clock(), waiting.attempts + 1
        first_attempt_at = waiting.first_attempt_at or sent_at
        answer = await self._send(waiting, sent_at)
        status, asked_wait_s, text = _read(answer)
        now, jitter = self.tools.clock(), self.tools.jitter()
        decision = rules.after_attempt(
            status=status,
            attempts=attempts,
            first_attempt_at=first_attempt_at,
            last_success_at=self.health.last_success_at,
            now=now,
            jitter=jitter,
            asked_wait_s=asked_wait_s,
        )
        self.health = rules.health_after(self.health, status=status, now=now, jitter=jitter, asked_wait_s=asked_wait_s)
        return Result(
            id=waiting.id,
            outcome=decision.outcome,
            attempts=attempts,
            first_attempt_at=first_attempt_at,
            at=now,
            next_attempt_at=decision.next_attempt_at or now,
            status=status,
            answer=text,
        )

    async def _send(self, waiting: Waiting, sent_at: datetime) -> OutboundResponse | NoResponse:
        sent = message.body(
            self.tools.links,
            event_id=waiting.event_id,
            event_name=waiting.event_name,
            subject_id=waiting.subject_id,
            occurred_at=waiting.occurred_at,
            payload=waiting.payload,
        )
        headers = {"content-type": "application/json"}
        headers |= signed_headers(self.secrets, str(waiting.event_id), sent_at, sent)
        return await self.caller.post(self.leased.url, sent, headers)

    async def _store(self) -> None:
        """Store what is not stored yet, and stop when the endpoint was disabled, by us or meanwhile by its owner."""
        if not self.results:
            return
        results, self.results = self.results, []
        disabling = results[-1].outcome if self.is_over else None
        if disabling:
            await self._store_and_disable(results, disabling)
        else:
            stored = await self.tools.pool.rows(STORE, self._values(results))
            if not stored:
                raise LeaseLost
            self.is_over = stored[0]["state"] != EndpointState.ACTIVE
        self.stored_at = self.tools.clock()

    async def _store_and_disable(self, results: Sequence[Result], outcome: Outcome) -> None:
        async with transaction(self.tools.engine) as session:
            stored = await (await session.connection()).exec_driver_sql(STORE, self._values(results))
            if stored.first() is None:
                raise LeaseLost
            await actions.disable_failing(session, self.leased.endpoint_id, outcome.value, self.tools.clock())

    def _values(self, results: Sequence[Result]) -> dict[str, Any]:
        return {
            "endpoint_id": self.leased.endpoint_id,
            "lease_id": self.leased.lease_id,
            "failures_in_a_row": self.health.failures_in_a_row,
            "last_success_at": self.health.last_success_at,
            "paused_until": self.health.paused_until,
            "ids": [result.id for result in results],
            "states": [result.state.value for result in results],
            "attempts": [result.attempts for result in results],
            "first_attempts_at": [result.first_attempt_at for result in results],
            "next_attempts_at": [result.next_attempt_at for result in results],
            "statuses": [result.status for result in results],
            "answers": [result.answer for result in results],
            "delivered_at": [result.at if result.outcome is Outcome.DELIVERED else None for result in results],
        }


def _read(answer: OutboundResponse | NoResponse) -> tuple[int | None, float | None, str]:
    """Status, the wait asked for in seconds, and the text to keep."""
    if isinstance(answer, OutboundResponse):
        return answer.status, answer.retry_after_s, answer.text
    return None, None, answer.value
