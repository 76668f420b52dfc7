"""What follows each event, and what each clock does: the whole list. One file per domain; a consequence is one line.

`grassroots consequences` prints it on one screen.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.operations.worker.registry import (
    assessments,
    contact_points,
    imports,
    inbox,
    people,
    placements,
    problems,
    promises,
    rights,
    visits,
    webhooks,
)
from service.operations.worker.registry.kinds import Consequence, Together

OF_EVERY_BATCH: tuple[Together, ...] = (*webhooks.OF_EVERY_BATCH, *inbox.OF_EVERY_BATCH, *rights.OF_EVERY_BATCH)
CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    **assessments.CONSEQUENCES,
    **people.CONSEQUENCES,
    **imports.CONSEQUENCES,
    **visits.CONSEQUENCES,
}
Settle = Callable[[AsyncSession, Mapping[UUID, datetime], datetime], Awaitable[Collection[UUID]]]
"""Takes the subjects whose clock is due, with its moment; gives those that are settled."""

TIMERS: dict[str, Settle] = {
    **contact_points.TIMERS,
    **inbox.TIMERS,
    **imports.TIMERS,
    **placements.TIMERS,
    **people.TIMERS,
    **problems.TIMERS,
    **promises.TIMERS,
    **rights.TIMERS,
    **visits.TIMERS,
}
