"""Changes of a visit plan: create it, cancel it, and mark it as kept after a check-in."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visit_plans import VisitPlanPayload
from schemas.fieldwork.visit_plans import VisitPlanCreate, VisitPlanState
from service.fieldwork.visit_plans import queries
from service.fieldwork.visit_plans.errors import PlannedInThePast, VisitPlanNotFound, VisitPlanOver
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit
from service.foundation.creation import create_once
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.manifest.handlers import RelayBatch
from service.foundation.rows import locked, require_version
from service.foundation.workdays import day_of
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission


async def create_plan(
    session: AsyncSession, actor: Actor, plan_id: UUID, request: VisitPlanCreate, request_fingerprint: bytes
) -> tuple[VisitPlan, bool]:
    """Plan a visit. Returns the plan, and whether it is new.

    Raises: NotPermitted, OrganisationNotFound, PlaceNotFound, PlannedInThePast, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor, request.organisation_id)
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    if await session.get(VisitPlan, plan_id) is None and request.until_at < actor.at:
        raise PlannedInThePast(until_at=request.until_at)
    row = VisitPlan(
        id=plan_id,
        person_id=actor.id,
        organisation_id=organisation_id,
        state=VisitPlanState.PLANNED,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(exclude={"organisation_id"}),
    )
    plan, is_new = await create_once(session, row, "person_id")
    if is_new:
        await _record_event(session, EventName.VISIT_PLAN_MADE, plan, actor)
    return plan, is_new


async def cancel_plan(
    session: AsyncSession, actor: Actor, plan_id: UUID, reason: str, expected_version: int
) -> VisitPlan:
    """Cancel a plan of the actor. Raises: VisitPlanNotFound, NotPermitted, VisitPlanOver, VersionStale."""
    visible = queries.visible_plans(actor.asking(Permission.VISIT_READ)).where(VisitPlan.id == plan_id)

    async def check(plan: VisitPlan) -> None:
        if plan.person_id != actor.id:
            raise NotPermitted(permission=actor.permission)

    row = await locked(session, visible, VisitPlanNotFound(plan_id=str(plan_id)), check=check, of=VisitPlan)
    if (row.state, row.cancel_reason) == (VisitPlanState.CANCELLED, reason):
        return row
    if row.state is not VisitPlanState.PLANNED:
        raise VisitPlanOver(state=row.state)
    require_version(row, expected_version)
    row.state, row.cancel_reason = VisitPlanState.CANCELLED, reason
    row.version += 1
    await _record_event(session, EventName.VISIT_PLAN_CANCELLED, row, actor)
    return row


async def mark_kept_in_batch(batch: RelayBatch) -> None:
    """Mark the plans of the visits that were checked in with this relay batch as kept."""
    await mark_plans_kept(batch.session, [event.subject_id for event in batch.events])


async def mark_plans_kept(session: AsyncSession, visit_ids: Sequence[UUID]) -> None:
    """Mark the plans of these visits as kept: plans of the same person and place that include the day.

    Each visit keeps one plan at most, the earliest.
    """
    statement = (
        select(VisitPlan, Visit)
        .join(Visit, col(Visit.person_id) == col(VisitPlan.person_id))
        .where(
            col(Visit.id).in_(visit_ids),
            col(Visit.place_id) == col(VisitPlan.place_id),
            VisitPlan.state == VisitPlanState.PLANNED,
        )
        .order_by(col(VisitPlan.from_at), col(VisitPlan.id))
        .with_for_update(of=VisitPlan, skip_locked=True)
    )
    used_visit_ids: set[UUID] = set()
    for plan, visit in (await session.exec(statement)).all():
        is_on_planned_day = day_of(plan.from_at) <= day_of(visit.checked_in_at) <= day_of(plan.until_at)
        if not is_on_planned_day or visit.id in used_visit_ids or plan.state is not VisitPlanState.PLANNED:
            continue
        used_visit_ids.add(visit.id)
        plan.state, plan.visit_id = VisitPlanState.KEPT, visit.id
        plan.version += 1
        await record(
            session,
            EventName.VISIT_PLAN_KEPT,
            plan,
            actor=SYSTEM,
            occurred_at=visit.checked_in_at,
            organisations=[plan.organisation_id],
            persons=[plan.person_id],
            payload=VisitPlanPayload(place_id=plan.place_id, from_at=plan.from_at),
        )


async def _record_event(session: AsyncSession, name: EventName, row: VisitPlan, actor: Actor) -> None:
    await record(
        session,
        name,
        row,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[row.organisation_id],
        persons=[row.person_id],
        payload=VisitPlanPayload(place_id=row.place_id, from_at=row.from_at),
    )
