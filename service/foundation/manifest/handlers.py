"""Handlers that a manifest declares: after an event, when a timer is due, or by a schedule."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.manifest.inbox_rules import InboxRule
from service.foundation.settings import Settings


@dataclass(frozen=True, slots=True)
class RelayedEvent:
    """An event that just got its position in the feed."""

    position: int
    id: UUID
    name: str
    """An EventName. A name of a newer version, unknown to this worker, has no handler."""
    subject_id: UUID
    payload: Any


@dataclass(frozen=True)
class RelayBatch:
    """One batch of the outbox relay: its open transaction, its time, and its events in feed order."""

    session: AsyncSession
    now: datetime
    settings: Settings
    inbox_rules: Mapping[InboxKind, InboxRule]
    events: Sequence[RelayedEvent]

    def subjects_of(self, *names: EventName) -> list[UUID]:
        """Return the subjects of the events with one of these names."""
        return [event.subject_id for event in self.events if event.name in names]


@dataclass(frozen=True)
class InTransaction:
    """A handler that runs once per batch in the transaction of the relay. Use it for one fast statement."""

    run: Callable[[RelayBatch], Awaitable[None]]
    does: str


LeaveProof = Callable[[AsyncSession, str, Collection[UUID]], Awaitable[None]]
"""Writes the proof that rows were purged under the retention rule with this name, in the session's transaction."""


@dataclass(frozen=True)
class JobTools:
    """The resources of a job. A job opens its own transactions."""

    engine: AsyncEngine
    settings: Settings
    keys: Keys
    clock: Clock
    inbox_rules: Mapping[InboxKind, InboxRule]
    leave_proof: LeaveProof


@dataclass(frozen=True)
class Job:
    """A procrastinate task per event, deferred in the transaction of the relay.

    Use it for slow work or work that may fail.

    `run` receives the subject and the payload of the event. `one_at_a_time`: jobs of this task never run in parallel.
    """

    task: str
    does: str
    run: Callable[[JobTools, UUID, Mapping[str, Any]], Awaitable[None]]
    one_at_a_time: bool = False


@dataclass(frozen=True)
class PeriodicJob:
    """A procrastinate task with the schedule `cron` (UTC). It runs one at a time."""

    task: str
    cron: str
    does: str
    run: Callable[[JobTools], Awaitable[None]]


@dataclass(frozen=True)
class TimerHandler:
    """The handler of one kind of timer.

    `run` receives the subjects that are due with their `due_at`, and the current time.

    It returns the subjects it has handled; the timer sweep removes their timers in the same transaction. With
    `retention` (the name of a retention rule) it returns the subjects whose data it has purged; the sweep writes the
    proof and removes all due timers.
    """

    run: Callable[[AsyncSession, Mapping[UUID, datetime], datetime], Awaitable[Collection[UUID]]]
    does: str
    retention: str | None = None
