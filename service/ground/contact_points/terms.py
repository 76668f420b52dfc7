"""The end of a term: a clock, so that a contact point ends on its day though nobody acts."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.contact_points import ContactPointMoved
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import day_of, end_of_day
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.row_level_security import Purpose, set_rls_purpose

TERM_OVER = "contact_point.term_over"
REASON = "任期届满"
HANDED_OVER = "已交接"


async def start(session: AsyncSession, point: ContactPoint) -> None:
    """Set the clock of a new contact point."""
    session.add(Timer(subject_id=point.id, kind=TERM_OVER, due_at=end_of_day(point.ends_on)))


async def hand_over(session: AsyncSession, before: ContactPoint, begins_on: date) -> None:
    """Let it go on until the day its successor begins, or its own last day if that comes first."""
    due_at = min(end_of_day(begins_on - timedelta(days=1)), end_of_day(before.ends_on))
    await _due(session, before.id, due_at)


async def end(session: AsyncSession, point: ContactPoint, reason: str, now: datetime, *, by: UUID | None) -> None:
    """End one that lives: its households' contacts go with it (DESIGN §2.8), and who waits for its end begins.

    One that ends before it began leaves its predecessor the whole term.
    """
    point.ended_at, point.end_reason = now, reason
    point.version += 1
    await session.flush()  # the second lock opens to what ends only once it has ended, and the pair is free again
    if point.succeeds_id and day_of(now) < point.begins_on:
        before = await session.get_one(ContactPoint, point.succeeds_id)
        await _due(session, before.id, end_of_day(before.ends_on))
    await set_rls_purpose(session, Purpose.FORGET)
    connection = await session.connection()
    waits = sa.update(ContactPoint).where(col(ContactPoint.succeeds_id) == point.id, col(ContactPoint.is_waiting))
    await connection.execute(waits.values(is_waiting=False))
    await connection.execute(sa.delete(ContactHousehold).where(col(ContactHousehold.contact_point_id) == point.id))
    await connection.execute(sa.delete(Timer).where(col(Timer.subject_id) == point.id, col(Timer.kind) == TERM_OVER))
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
    """End what is over and still lives; one that somebody is changing at this instant waits for the next sweep.

    So does one whose successor is being changed: if that one ends, this one goes on.
    """
    statement = select(ContactPoint).where(col(ContactPoint.id).in_(due)).with_for_update(skip_locked=True)
    points = (await session.exec(statement)).all()
    living = sa.and_(
        col(ContactPoint.succeeds_id).in_([point.id for point in points]), col(ContactPoint.ended_at).is_(None)
    )
    known = set((await session.exec(select(ContactPoint.succeeds_id).where(living))).all())
    following = select(ContactPoint).where(living).with_for_update(skip_locked=True)
    held = {after.succeeds_id: after for after in (await session.exec(following)).all()}
    settled = [point for point in points if point.id not in known or point.id in held]
    for point in settled:
        if point.ended_at is None:
            await end(session, point, _why(point, held.get(point.id)), now, by=None)
    return [point.id for point in settled]


def _why(point: ContactPoint, successor: ContactPoint | None) -> str:
    """Why it is over: another follows without a gap, or nobody does."""
    follows = successor is not None and successor.begins_on <= point.ends_on + timedelta(days=1)
    return HANDED_OVER if follows else REASON


async def _due(session: AsyncSession, contact_point_id: UUID, due_at: datetime) -> None:
    """Set the clock of one that lives to another moment."""
    clock = sa.update(Timer).where(col(Timer.subject_id) == contact_point_id, col(Timer.kind) == TERM_OVER)
    await (await session.connection()).execute(clock.values(due_at=due_at))
