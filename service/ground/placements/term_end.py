"""End placements: by an officer, or by a timer at the end of the last day."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import PlacementPayload
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import end_of_day
from service.ground.placements.tables import Placement

TERM_OVER = "placement.term_over"
TERM_OVER_REASON = "期满"


async def create_timer(session: AsyncSession, placement: Placement) -> None:
    """Create the timer that ends a new placement."""
    session.add(Timer(subject_id=placement.id, kind=TERM_OVER, due_at=end_of_day(placement.ends_on)))


async def end_placement(
    session: AsyncSession, placement: Placement, reason: str, now: datetime, *, by: EventActor
) -> None:
    """End a placement and delete its timer. `ended_at` is never after the last day of the term."""
    placement.ended_at, placement.end_reason = min(now, term_ends_at(placement)), reason
    connection = await session.connection()
    statement = sa.delete(Timer).where(col(Timer.subject_id) == placement.id, col(Timer.kind) == TERM_OVER)
    await connection.execute(statement)
    await record_event(session, EventName.PLACEMENT_ENDED, placement, now, by=by)


def term_ends_at(placement: Placement) -> datetime:
    """Return the last second of the term; 24:00 would be shown as the next day."""
    return (end_of_day(placement.ends_on) - timedelta(seconds=1)).astimezone(UTC)


async def record_event(
    session: AsyncSession, name: EventName, placement: Placement, now: datetime, *, by: EventActor
) -> None:
    """Record an event of a placement; every event after the first also increases its version."""
    if name is not EventName.PLACEMENT_STARTED:
        placement.version += 1
    await record(
        session,
        name,
        placement,
        actor=by,
        occurred_at=now,
        organisations=[placement.sending_id, placement.host_id],
        persons=[placement.person_id],
        payload=PlacementPayload(
            person_id=placement.person_id,
            sending_id=placement.sending_id,
            host_id=placement.host_id,
            kind=placement.kind.value,
        ),
    )


async def end_due_placements(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """End the placements whose term is over; return the ids that are done.

    A placement that another transaction has locked waits for the next sweep.
    """
    statement = select(Placement).where(col(Placement.id).in_(due)).with_for_update(skip_locked=True)
    placements = (await session.exec(statement)).all()
    for placement in placements:
        if placement.ended_at is None:
            await end_placement(session, placement, TERM_OVER_REASON, now, by=SYSTEM)
    return [placement.id for placement in placements]
