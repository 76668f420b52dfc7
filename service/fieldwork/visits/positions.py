"""Deletion of positions: 90 days after the check-in, and when a consent is withdrawn (DESIGN §2.8)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from service.fieldwork.visits.tables import VisitPosition
from service.foundation.manifest.handlers import RelayBatch

TIMER = "visit.position_forgotten"

START_TIMERS = sa.text(
    "INSERT INTO timer (subject_id, kind, due_at)"
    " SELECT stored.visit_id, :kind, visit.recorded_at + make_interval(days => :days)"
    " FROM visit_position AS stored JOIN visit ON visit.id = stored.visit_id"
    " WHERE stored.visit_id = ANY(:visit_ids) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("visit_ids", type_=sa.ARRAY(sa.Uuid())))


async def start_timers_of_batch(batch: RelayBatch) -> None:
    """Start the timers of the visits that were checked in with this relay batch."""
    visit_ids = [event.subject_id for event in batch.events]
    await start_timers(batch.session, visit_ids, batch.settings.position_kept_days)


async def start_timers(session: AsyncSession, visit_ids: Sequence[UUID], kept_days: int) -> None:
    """Set the time at which each stored position of these visits is deleted."""
    await (await session.connection()).execute(
        START_TIMERS, {"kind": TIMER, "days": kept_days, "visit_ids": list(visit_ids)}
    )


async def delete_due_positions(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Delete the positions of the visits that are due. Returns the ids of the visits that had one."""
    return await _delete_positions(session, col(VisitPosition.visit_id).in_(due.keys()))


async def delete_positions_of_person(session: AsyncSession, person_id: UUID) -> Sequence[UUID]:
    """Delete every stored position of a person whose consent ended. Returns the visits that had one."""
    return await _delete_positions(session, col(VisitPosition.person_id) == person_id)


async def _delete_positions(session: AsyncSession, condition: sa.ColumnElement[bool]) -> Sequence[UUID]:
    statement = sa.delete(VisitPosition).where(condition).returning(col(VisitPosition.visit_id))
    return (await (await session.connection()).execute(statement)).scalars().all()
