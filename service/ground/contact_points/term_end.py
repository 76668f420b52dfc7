"""End contact points: by an officer, or by a timer at the end of the last day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.contact_points import ContactPointPayload
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import day_of, end_of_day
from service.ground.contact_points.tables import ContactHousehold, ContactPoint
from service.identity.access.row_level_security import Purpose, set_rls_purpose

TERM_OVER = "contact_point.term_over"
TERM_OVER_REASON = "任期届满"
HANDED_OVER_REASON = "已交接"


async def create_timer(session: AsyncSession, point: ContactPoint) -> None:
    """Create the timer that ends a new contact point."""
    session.add(Timer(subject_id=point.id, kind=TERM_OVER, due_at=end_of_day(point.ends_on)))


async def reschedule_for_successor(session: AsyncSession, predecessor: ContactPoint, begins_on: date) -> None:
    """End the predecessor on the day before its successor begins, or on its own earlier last day."""
    due_at = min(end_of_day(begins_on - timedelta(days=1)), end_of_day(predecessor.ends_on))
    await _reschedule(session, predecessor.id, due_at)


async def end_contact_point(
    session: AsyncSession, point: ContactPoint, reason: str, now: datetime, *, by: EventActor
) -> None:
    """End a contact point, delete its households (DESIGN §2.8) and activate the next term.

    If it ends before it began, its predecessor keeps its whole term.
    """
    point.ended_at, point.end_reason = now, reason
    point.version += 1
    # row-level security allows deleting the households only when ended_at is set; the unique index is free then, too
    await session.flush()
    if point.succeeds_id and day_of(now) < point.begins_on:
        predecessor = await session.get_one(ContactPoint, point.succeeds_id)
        await _reschedule(session, predecessor.id, end_of_day(predecessor.ends_on))
    await set_rls_purpose(session, Purpose.FORGET)
    connection = await session.connection()
    next_term = sa.update(ContactPoint).where(col(ContactPoint.succeeds_id) == point.id, col(ContactPoint.is_next_term))
    await connection.execute(next_term.values(is_next_term=False))
    await connection.execute(sa.delete(ContactHousehold).where(col(ContactHousehold.contact_point_id) == point.id))
    await connection.execute(sa.delete(Timer).where(col(Timer.subject_id) == point.id, col(Timer.kind) == TERM_OVER))
    await record_event(session, EventName.CONTACT_POINT_ENDED, point, now, by=by)


async def record_event(
    session: AsyncSession, name: EventName, point: ContactPoint, now: datetime, *, by: EventActor
) -> None:
    """Record an event of a contact point, addressed to the leader and the leader's organisation."""
    await record(
        session,
        name,
        point,
        actor=by,
        occurred_at=now,
        organisations=[point.organisation_id],
        persons=[point.leader_id],
        payload=ContactPointPayload(
            leader_id=point.leader_id, place_id=point.place_id, begins_on=point.begins_on, ends_on=point.ends_on
        ),
    )


async def end_due_contact_points(
    session: AsyncSession, due: Mapping[UUID, datetime], now: datetime
) -> Collection[UUID]:
    """End the contact points whose term is over; return the ids that are done.

    A contact point that another transaction has locked waits for the next sweep. So does one whose successor is
    locked, because ending the successor may extend it.
    """
    statement = select(ContactPoint).where(col(ContactPoint.id).in_(due)).with_for_update(skip_locked=True)
    points = (await session.exec(statement)).all()
    is_successor = sa.and_(
        col(ContactPoint.succeeds_id).in_([point.id for point in points]), col(ContactPoint.ended_at).is_(None)
    )
    succeeded_ids = set((await session.exec(select(ContactPoint.succeeds_id).where(is_successor))).all())
    lock_successors = select(ContactPoint).where(is_successor).with_for_update(skip_locked=True)
    successors = {row.succeeds_id: row for row in (await session.exec(lock_successors)).all()}
    ready = [point for point in points if point.id not in succeeded_ids or point.id in successors]
    for point in ready:
        if point.ended_at is None:
            await end_contact_point(session, point, _end_reason(point, successors.get(point.id)), now, by=SYSTEM)
    return [point.id for point in ready]


def _end_reason(point: ContactPoint, successor: ContactPoint | None) -> str:
    """Return "handed over" if the successor begins without a gap, else "term over"."""
    has_no_gap = successor is not None and successor.begins_on <= point.ends_on + timedelta(days=1)
    return HANDED_OVER_REASON if has_no_gap else TERM_OVER_REASON


async def _reschedule(session: AsyncSession, contact_point_id: UUID, due_at: datetime) -> None:
    """Set the due time of a contact point's timer."""
    statement = sa.update(Timer).where(col(Timer.subject_id) == contact_point_id, col(Timer.kind) == TERM_OVER)
    await (await session.connection()).execute(statement.values(due_at=due_at))
