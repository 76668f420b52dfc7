"""What runs after an event, when a timer is due, or at an hour: the kinds of handlers a manifest declares."""

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
    """One event that just got its position in the feed."""

    position: int
    id: UUID
    name: str
    """An EventName, or one of a newer version that this worker does not know yet: nothing is started for that."""
    subject_id: UUID
    payload: Any


@dataclass(frozen=True)
class RelayBatch:
    """One batch of the outbox relay: its open transaction, its timestamp and the events, in feed order."""

    session: AsyncSession
    now: datetime
    settings: Settings
    inbox_rules: Mapping[InboxKind, InboxRule]
    events: Sequence[RelayedEvent]

    def subjects_of(self, *names: EventName) -> list[UUID]:
        """The subjects of the events with one of these names."""
        return [event.subject_id for event in self.events if event.name in names]


@dataclass(frozen=True)
class InTransaction:
    """Runs once for a batch, in the transaction that moves the relay's cursor: for one cheap statement."""

    run: Callable[[RelayBatch], Awaitable[None]]
    does: str


LeaveProof = Callable[[AsyncSession, str, Collection[UUID]], Awaitable[None]]
"""Writes, in the session's transaction, that rows are gone under the retention rule of this name."""


@dataclass(frozen=True)
class JobTools:
    """What a job works with; it opens its own transactions."""

    engine: AsyncEngine
    settings: Settings
    keys: Keys
    clock: Clock
    inbox_rules: Mapping[InboxKind, InboxRule]
    leave_proof: LeaveProof


@dataclass(frozen=True)
class Job:
    """A procrastinate task per event, deferred in the relay's transaction: for what takes time or may fail.

    `run` gets the event's subject and payload. `one_at_a_time`: two jobs of this task never run side by side.
    """

    task: str
    does: str
    run: Callable[[JobTools, UUID, Mapping[str, Any]], Awaitable[None]]
    one_at_a_time: bool = False


@dataclass(frozen=True)
class PeriodicJob:
    """A procrastinate task that runs by `cron` (UTC), one at a time."""

    task: str
    cron: str
    does: str
    run: Callable[[JobTools], Awaitable[None]]


@dataclass(frozen=True)
class TimerHandler:
    """What a kind of timer does. `run` gets the subjects that are due, each with its timestamp, and the present one.

    It gives the subjects that are settled; the sweep removes their timers in the same transaction. With `retention`,
    the name of a retention rule, it gives the subjects whose data are gone: the sweep leaves the proof, and everything
    that was due is settled.
    """

    run: Callable[[AsyncSession, Mapping[UUID, datetime], datetime], Awaitable[Collection[UUID]]]
    does: str
    retention: str | None = None
