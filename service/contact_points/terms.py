"""The end of a term: a clock, so that a contact point ends on its day though nobody acts."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.ties import ContactPointMoved
from service.access.locks import Purpose, unlock
from service.contact_points.tables import ContactHousehold, ContactPoint
from service.core.workdays import end_of_day
from service.events.record import record
from service.events.tables import Clock

TERM_OVER = "contact_point.term_over"
REASON = "任期届满"


async def start(session: AsyncSession, point: ContactPoint) -> None:
    """Set the clock of a new contact point."""
    session.add(Clock(subject_id=point.id, kind=TERM_OVER, due_at=end_of_day(point.ends_on)))


async def end(session: AsyncSession, point: ContactPoint, reason: str, now: datetime, *, by: UUID | None) -> None:
    """End one that lives: its households' contacts go with it (DESIGN §2.8)."""
    point.ended_at, point.end_reason = now, reason
    point.version += 1
    await session.flush()  # the second lock opens to what ends only once it has ended
    await unlock(session, Purpose.FORGET)
    connection = await session.connection()
    await connection.execute(sa.delete(ContactHousehold).where(col(ContactHousehold.contact_point_id) == point.id))
    await connection.execute(sa.delete(Clock).where(col(Clock.subject_id) == point.id, col(Clock.kind) == TERM_OVER))
    await tell(session, EventName.CONTACT_POINT_ENDED, point, now, by=by)


async def tell(session: AsyncSession, name: EventName, point: ContactPoint, now: datetime, *, by: UUID | None) -> None:
    """The event of a contact point's change."""
    await record(
        session,
        name,
        point,
        actor_id=by,
        occurred_at=now,
        organisations=[point.organisation_id],
        persons=[point.leader_id],
        payload=ContactPointMoved(
            leader_id=point.leader_id, place_id=point.place_id, begins_on=point.begins_on, ends_on=point.ends_on
        ),
    )


async def end_those_over(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """End what is over and still lives; one that somebody is changing at this instant waits for the next sweep."""
    statement = select(ContactPoint).where(col(ContactPoint.id).in_(due)).with_for_update(skip_locked=True)
    points = (await session.exec(statement)).all()
    for point in points:
        if point.ended_at is None:
            await end(session, point, REASON, now, by=None)
    return [point.id for point in points]
