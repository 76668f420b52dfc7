"""Automatic check-out: close a visit that is still open some hours after the check-in.

The number of hours is a local rule of the visitor's organisation. A timer that is already set keeps its time.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitClosed
from schemas.fieldwork.visits import VisitEnd, VisitState
from schemas.identity.local_rules import RuleKey
from service.fieldwork.visits.tables import Visit
from service.foundation.columns import TIMESTAMP, UUIDS
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.manifest.handlers import RelayBatch
from service.ground.places.tables import Place
from service.identity.local_rules.effective_rules import RuleLookup, rule_values

TIMER = "visit.forgotten"

START_TIMERS = sa.text(
    "INSERT INTO timer (subject_id, kind, due_at)"
    " SELECT visit_id, :kind, due_at FROM unnest(:visit_ids, :due_ats) AS due(visit_id, due_at) ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("visit_ids", type_=UUIDS), sa.bindparam("due_ats", type_=sa.ARRAY(TIMESTAMP)))


async def start_timers_of_batch(batch: RelayBatch) -> None:
    """Start the timers of the visits that were checked in with this relay batch."""
    await start_timers(batch.session, [event.subject_id for event in batch.events])


async def start_timers(session: AsyncSession, visit_ids: Sequence[UUID]) -> None:
    """Set the time at which each of these visits is closed, if it is still open."""
    columns = (col(Visit.id), col(Visit.organisation_id), col(Visit.recorded_at))
    statement = sa.select(*columns).where(col(Visit.id).in_(visit_ids), col(Visit.state) == VisitState.OPEN)
    visits = (await (await session.connection()).execute(statement)).all()
    lookups = [RuleLookup(visit.organisation_id, visit.recorded_at) for visit in visits]
    after_h = await rule_values(session, RuleKey.VISIT_FORGOTTEN_AFTER_H, lookups)
    values = {
        "kind": TIMER,
        "visit_ids": [visit.id for visit in visits],
        "due_ats": [visit.recorded_at + timedelta(hours=hours) for visit, hours in zip(visits, after_h, strict=True)],
    }
    await (await session.connection()).execute(START_TIMERS, values)


async def close_open_visits(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Close the visits that are due and still open. Returns the ids of the visits that were handled.

    A visit that another transaction has locked is handled by the next sweep.
    """
    statement = (
        select(Visit, Place.organisation_id)
        .join(Place, col(Place.id) == col(Visit.place_id))
        .where(col(Visit.id).in_(due))
        .with_for_update(of=Visit, skip_locked=True)
    )
    rows = (await session.exec(statement)).all()
    for visit, host_id in rows:
        if visit.state is VisitState.OPEN:
            visit.state, visit.ended_by = VisitState.ENDED, VisitEnd.FORGOTTEN
            visit.version += 1
            await _record_event(session, visit, host_id, now)
    return [visit.id for visit, _ in rows]


async def _record_event(session: AsyncSession, visit: Visit, host_id: UUID, now: datetime) -> None:
    await record(
        session,
        EventName.VISIT_CLOSED,
        visit,
        actor=SYSTEM,
        occurred_at=now,
        organisations=[visit.organisation_id, host_id],
        persons=[visit.person_id],
        payload=VisitClosed(place_id=visit.place_id, person_id=visit.person_id, ended_by=VisitEnd.FORGOTTEN.value),
    )
