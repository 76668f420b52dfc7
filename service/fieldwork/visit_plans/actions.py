"""What is done to a plan: made, called off; a check-in keeps it, without anybody saying so."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitPlanMoved
from schemas.fieldwork.visit_plans import VisitPlanCreate, VisitPlanState
from service.fieldwork.visit_plans import queries
from service.fieldwork.visit_plans.errors import PlannedInThePast, VisitPlanNotFound, VisitPlanOver
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.workdays import day_of
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission


async def plan(
    session: AsyncSession, actor: Actor, plan_id: UUID, request: VisitPlanCreate, request_fingerprint: bytes
) -> tuple[VisitPlan, bool]:
    """Plan a visit; says whether this request did it.

    Raises NotPermitted, OrganisationNotFound, PlaceNotFound, PlannedInThePast, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor, request.organisation_id)
    if await session.get(Place, request.place_id) is None:
        raise PlaceNotFound(place_id=str(request.place_id))
    if await session.get(VisitPlan, plan_id) is None and request.until_at < actor.at:
        raise PlannedInThePast(until_at=request.until_at.isoformat())
    row = VisitPlan(
        id=plan_id,
        person_id=actor.id,
        organisation_id=organisation_id,
        state=VisitPlanState.PLANNED,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(exclude={"organisation_id"}),
    )
    existing, is_new = await create_once(session, row, "person_id")
    if is_new:
        await _record_event(session, EventName.VISIT_PLAN_MADE, existing, actor)
    return existing, is_new


async def cancel(session: AsyncSession, actor: Actor, plan_id: UUID, reason: str, based_on: int) -> VisitPlan:
    """Call off one's own plan. Raises VisitPlanNotFound, NotPermitted, VisitPlanOver, VersionStale."""
    visible = queries.seen(actor.asking(Permission.VISIT_READ)).where(VisitPlan.id == plan_id)
    row = (await session.exec(visible.with_for_update(of=VisitPlan))).first()
    if row is None:
        raise VisitPlanNotFound(plan_id=str(plan_id))
    if row.person_id != actor.id:
        raise NotPermitted(permission=actor.permission.value)
    if (row.state, row.cancel_reason) == (VisitPlanState.CANCELLED, reason):
        return row
    if row.state is not VisitPlanState.PLANNED:
        raise VisitPlanOver(state=row.state.value)
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    row.state, row.cancel_reason = VisitPlanState.CANCELLED, reason
    row.version += 1
    await _record_event(session, EventName.VISIT_PLAN_CANCELLED, row, actor)
    return row


async def keep(session: AsyncSession, visit_ids: Sequence[UUID]) -> None:
    """The visits that began keep the plans for that person, place and day: for the relay, nobody asks for it."""
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
    used: set[UUID] = set()
    for planned, visit in (await session.exec(statement)).all():
        is_that_day = day_of(planned.from_at) <= day_of(visit.checked_in_at) <= day_of(planned.until_at)
        if not is_that_day or visit.id in used or planned.state is not VisitPlanState.PLANNED:
            continue
        used.add(visit.id)
        planned.state, planned.visit_id = VisitPlanState.KEPT, visit.id
        planned.version += 1
        await record(
            session,
            EventName.VISIT_PLAN_KEPT,
            planned,
            actor_id=None,
            occurred_at=visit.checked_in_at,
            organisations=[planned.organisation_id],
            persons=[planned.person_id],
            payload=VisitPlanMoved(place_id=planned.place_id, from_at=planned.from_at),
        )


async def _record_event(session: AsyncSession, name: EventName, row: VisitPlan, actor: Actor) -> None:
    await record(
        session,
        name,
        row,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[row.organisation_id],
        persons=[row.person_id],
        payload=VisitPlanMoved(place_id=row.place_id, from_at=row.from_at),
    )
