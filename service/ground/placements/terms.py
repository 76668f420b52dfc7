"""The end of a placement: a clock, so that it ends on its day though nobody acts."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import PlacementMoved
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import end_of_day
from service.ground.placements.tables import Placement

TERM_OVER = "placement.term_over"
REASON = "期满"


async def start(session: AsyncSession, placement: Placement) -> None:
    """Set the clock of a new placement."""
    session.add(Timer(subject_id=placement.id, kind=TERM_OVER, due_at=end_of_day(placement.ends_on)))


async def end(session: AsyncSession, placement: Placement, reason: str, now: datetime, *, by: UUID | None) -> None:
    """End one that lives, on its last day at the latest, however late somebody notices; its clock goes."""
    placement.ended_at, placement.end_reason = min(now, last_moment(placement)), reason
    connection = await session.connection()
    rung = sa.delete(Timer).where(col(Timer.subject_id) == placement.id, col(Timer.kind) == TERM_OVER)
    await connection.execute(rung)
    await tell(session, EventName.PLACEMENT_ENDED, placement, now, by=by)


def last_moment(placement: Placement) -> datetime:
    """The last second of the term; 24:00 would read as the day after."""
    return (end_of_day(placement.ends_on) - timedelta(seconds=1)).astimezone(UTC)


async def tell(session: AsyncSession, name: EventName, placement: Placement, now: datetime, *, by: UUID | None) -> None:
    """The event of a placement's change; a change is a new version."""
    if name is not EventName.PLACEMENT_STARTED:
        placement.version += 1
    await record(
        session,
        name,
        placement,
        actor_id=by,
        occurred_at=now,
        organisations=[placement.sending_id, placement.host_id],
        persons=[placement.person_id],
        payload=PlacementMoved(
            person_id=placement.person_id,
            sending_id=placement.sending_id,
            host_id=placement.host_id,
            kind=placement.kind.value,
        ),
    )


async def end_those_over(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """End what is over and still lives; one that somebody is changing at this instant waits for the next sweep."""
    statement = select(Placement).where(col(Placement.id).in_(due)).with_for_update(skip_locked=True)
    placements = (await session.exec(statement)).all()
    for placement in placements:
        if placement.ended_at is None:
            await end(session, placement, REASON, now, by=None)
    return [placement.id for placement in placements]
