"""What follows the events of visits."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.fieldwork.visit_plans import actions as plans
from service.fieldwork.visits import forgotten, positions
from service.foundation.settings import settings
from service.operations.privacy.purge import leave_proof
from service.operations.privacy.retention import BY_WORD
from service.operations.worker.registry.kinds import Batch, Consequence, Step, Together


async def _start_timers(step: Step, batch: Batch) -> None:
    visit_ids = [followed.subject_id for followed in batch]
    await positions.start_timers(step.session, visit_ids, step.settings.position_kept_days)
    await plans.keep(step.session, visit_ids)
    await forgotten.start_timers(step.session, visit_ids)


async def _forget(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Forget the position of a check-in, and leave a proof of it."""
    gone = await positions.forget(session, due.keys())
    await leave_proof(session, BY_WORD["visit_position"], gone, settings(), now)
    return due.keys()


CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.VISIT_CHECKED_IN: (
        Together(_start_timers, "keep the plan; set when a position is forgotten, a forgotten visit closed"),
    ),
}
TIMERS = {positions.TIMER: _forget, forgotten.TIMER: forgotten.close}
