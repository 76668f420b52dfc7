"""The two ways in which something may follow an event, and what a consequence is told."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.settings import Settings


@dataclass(frozen=True, slots=True)
class Followed:
    """One event that just got its position in the feed."""

    position: int
    id: UUID
    name: str
    """An EventName, or one of a newer version that this worker does not know yet: it passes, nothing follows."""
    subject_id: UUID
    payload: Any


@dataclass(frozen=True)
class Step:
    """One batch of the relay: its open transaction, and when it runs."""

    session: AsyncSession
    now: datetime
    settings: Settings


Batch = Sequence[Followed]


@dataclass(frozen=True)
class Together:
    """Done at once for the whole batch, in the transaction that moves the cursor: for one cheap statement."""

    run: Callable[[Step, Batch], Awaitable[None]]
    says: str


@dataclass(frozen=True)
class Later:
    """A job per event, put in line in the same transaction: for everything that takes time or may fail."""

    task: str
    says: str


Consequence = Together | Later
