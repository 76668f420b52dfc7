"""Forgetting positions: 90 days after the check-in, and on the day a consent is withdrawn (DESIGN §2.8)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from service.visits.tables import VisitPosition

CLOCK = "visit.position_forgotten"

START_CLOCKS = sa.text(
    "INSERT INTO clock (subject_id, kind, due_at)"
    " SELECT kept.visit_id, :kind, visit.recorded_at + make_interval(days => :days)"
    " FROM visit_position AS kept JOIN visit ON visit.id = kept.visit_id"
    " WHERE kept.visit_id = ANY(:visit_ids) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("visit_ids", type_=sa.ARRAY(sa.Uuid())))


async def start_clocks(session: AsyncSession, visit_ids: Sequence[UUID], kept_days: int) -> None:
    """Set the day on which each kept position among these visits is forgotten."""
    await (await session.connection()).execute(
        START_CLOCKS, {"kind": CLOCK, "days": kept_days, "visit_ids": list(visit_ids)}
    )


async def forget(session: AsyncSession, visits: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Delete the positions of these visits; the verdicts stay."""
    await (await session.connection()).execute(sa.delete(VisitPosition).where(col(VisitPosition.visit_id).in_(visits)))
    return visits.keys()


async def forget_all_of(session: AsyncSession, person_id: UUID) -> None:
    """Delete every kept position of a person who withdrew the consent."""
    await (await session.connection()).execute(
        sa.delete(VisitPosition).where(col(VisitPosition.person_id) == person_id)
    )
