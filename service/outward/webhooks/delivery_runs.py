"""A delivery run: send the queued deliveries of one leased endpoint in order and store the results.

If a worker dies between sending and storing, the delivery is sent again under the same `webhook-id`.
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
from service.outward.webhooks import message, rules
from service.outward.webhooks.actions.disable import disable_failing_endpoint
from service.outward.webhooks.leases import (
    RUN_TIME,
    DeliveryTools,
    LeasedEndpoint,
    LeaseLost,
    live_secrets,
    release_endpoint,
)
from service.outward.webhooks.rules import Health, Outcome
from service.outward.webhooks.signing import signed_headers
from service.outward.webhooks.statements import STORE, TAKE

BATCH = 50
"""Deliveries read from the queue in one query."""
STORE_EVERY = timedelta(seconds=1)
"""How long results may stay in memory. After a crash, the deliveries of that time are sent twice."""

STATE_AFTER = {Outcome.DELIVERED: DeliveryState.DELIVERED, Outcome.SET_ASIDE: DeliveryState.SET_ASIDE}


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """A queued delivery with its event."""

    id: UUID
    event_id: UUID
    subject_id: UUID
    attempts: int
    first_attempt_at: datetime | None
    event_name: str
    occurred_at: datetime
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of one attempt, as it is stored."""

    id: UUID
    outcome: Outcome
    attempts: int
    first_attempt_at: datetime
    at: datetime
    next_attempt_at: datetime
    status: int | None
    response: str
    """The first bytes of the response body, or the reason why there was no response."""

    @property
    def state(self) -> DeliveryState:
        return STATE_AFTER.get(self.outcome, DeliveryState.PENDING)


async def run_deliveries(tools: DeliveryTools, leased: LeasedEndpoint, stop: asyncio.Event | None = None) -> None:
    """Send until the queue is empty, the time is up or the endpoint is paused; then release it.

    Raises: LeaseLost.
    """
    caller = OutboundClient(timeout_s=tools.settings.webhook_timeout_s, allowed=tools.settings.webhook_allowed_subnets)
    async with caller:
        run = DeliveryRun(tools, leased, caller, stop or asyncio.Event(), await live_secrets(tools, leased))
        is_drained = await run.send_all()
    await release_endpoint(tools, leased, is_drained=is_drained)


@dataclass
class DeliveryRun:
    """The state of one run: the health of the endpoint and the results that are not stored yet."""

    tools: DeliveryTools
    leased: LeasedEndpoint
    caller: OutboundClient
    stop: asyncio.Event
    secrets: Sequence[str]
    health: Health = field(init=False)
    is_over: bool = field(default=False, init=False)
    results: list[AttemptResult] = field(default_factory=list, init=False)
    ends_at: datetime = field(init=False)
    stored_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.health = Health(self.leased.consecutive_failures, self.leased.last_success_at)
        self.stored_at = self.tools.clock()
        self.ends_at = self.stored_at + RUN_TIME

    async def send_all(self) -> bool:
        """Send until the run must end. Returns whether the queue is empty."""
        while not self._must_end():
            batch = await self._read_batch()
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

    async def _read_batch(self) -> list[PendingDelivery]:
        values = {"endpoint_id": self.leased.endpoint_id, "now": self.tools.clock(), "at_most": BATCH}
        rows = await self.tools.pool.rows(TAKE, values)
        return [PendingDelivery(**row) for row in rows]

    async def _send_in_order(self, batch: Sequence[PendingDelivery]) -> None:
        """Send each delivery; skip those whose subject has just failed, so that the order per subject holds."""
        failed_subject_ids: set[UUID] = set()
        for delivery in batch:
            if self._must_end():
                break
            if delivery.subject_id in failed_subject_ids:
                continue
            result = await self._attempt(delivery)
            self.results.append(result)
            if result.outcome is not Outcome.DELIVERED:
                failed_subject_ids.add(delivery.subject_id)
            if result.outcome in rules.DISABLING:
                self.is_over = True
            elif result.at - self.stored_at >= STORE_EVERY:
                await self._store()
        await self._store()

    async def _attempt(self, delivery: PendingDelivery) -> AttemptResult:
        sent_at, attempts = self.tools.clock(), delivery.attempts + 1
        first_attempt_at = delivery.first_attempt_at or sent_at
        response = await self._send(delivery, sent_at)
        status, retry_after_s, text = _parse_response(response)
        now, jitter = self.tools.clock(), self.tools.jitter()
        decision = rules.decide_after_attempt(
            status=status,
            attempts=attempts,
            first_attempt_at=first_attempt_at,
            last_success_at=self.health.last_success_at,
            now=now,
            jitter=jitter,
            retry_after_s=retry_after_s,
        )
        self.health = rules.health_after(
            self.health, status=status, now=now, jitter=jitter, retry_after_s=retry_after_s
        )
        return AttemptResult(
            id=delivery.id,
            outcome=decision.outcome,
            attempts=attempts,
            first_attempt_at=first_attempt_at,
            at=now,
            next_attempt_at=decision.next_attempt_at or now,
            status=status,
            response=text,
        )

    async def _send(self, delivery: PendingDelivery, sent_at: datetime) -> OutboundResponse | NoResponse:
        body = message.build_body(
            self.tools.links,
            event_id=delivery.event_id,
            event_name=delivery.event_name,
            subject_id=delivery.subject_id,
            occurred_at=delivery.occurred_at,
            payload=delivery.payload,
        )
        headers = {"content-type": "application/json"}
        headers |= signed_headers(self.secrets, str(delivery.event_id), sent_at, body)
        return await self.caller.post(self.leased.url, body, headers)

    async def _store(self) -> None:
        """Store the results in memory; end the run if the endpoint is disabled, by this run or its owner."""
        if not self.results:
            return
        results, self.results = self.results, []
        disabling = results[-1].outcome if self.is_over else None
        if disabling:
            await self._store_and_disable(results, disabling)
        else:
            stored = await self.tools.pool.rows(STORE, self._statement_values(results))
            if not stored:
                raise LeaseLost
            self.is_over = stored[0]["state"] != EndpointState.ACTIVE
        self.stored_at = self.tools.clock()

    async def _store_and_disable(self, results: Sequence[AttemptResult], outcome: Outcome) -> None:
        async with transaction(self.tools.engine) as session:
            stored = await (await session.connection()).exec_driver_sql(STORE, self._statement_values(results))
            if stored.first() is None:
                raise LeaseLost
            await disable_failing_endpoint(session, self.leased.endpoint_id, outcome.value, self.tools.clock())

    def _statement_values(self, results: Sequence[AttemptResult]) -> dict[str, Any]:
        return {
            "endpoint_id": self.leased.endpoint_id,
            "lease_id": self.leased.lease_id,
            "consecutive_failures": self.health.consecutive_failures,
            "last_success_at": self.health.last_success_at,
            "paused_until": self.health.paused_until,
            "ids": [result.id for result in results],
            "states": [result.state.value for result in results],
            "attempts": [result.attempts for result in results],
            "first_attempts_at": [result.first_attempt_at for result in results],
            "next_attempts_at": [result.next_attempt_at for result in results],
            "statuses": [result.status for result in results],
            "responses": [result.response for result in results],
            "delivered_at": [result.at if result.outcome is Outcome.DELIVERED else None for result in results],
        }


def _parse_response(response: OutboundResponse | NoResponse) -> tuple[int | None, float | None, str]:
    """HTTP status, `Retry-After` in seconds, text to store. The first two are None without a response."""
    if isinstance(response, OutboundResponse):
        return response.status, response.retry_after_s, response.text
    return None, None, response.value
