"""What is done to a plan: made, called off; a check-in keeps it, without anybody saying so."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.visits import VisitPlanMoved
from schemas.fieldwork.visit_plans import VisitPlanAsked, VisitPlanState
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
    session: AsyncSession, actor: Actor, plan_id: UUID, asked: VisitPlanAsked, sameness: bytes
) -> tuple[VisitPlan, bool]:
    """Plan a visit; says whether this request did it.

    Raises NotPermitted, OrganisationNotFound, PlaceNotFound, PlannedInThePast, ContentDiffers.
    """
    organisation_id = await scope.must_be_posted(session, actor, asked.organisation_id)
    if await session.get(Place, asked.place_id) is None:
        raise PlaceNotFound(place_id=str(asked.place_id))
    if await session.get(VisitPlan, plan_id) is None and asked.until_at < actor.at:
        raise PlannedInThePast(until_at=asked.until_at.isoformat())
    row = VisitPlan(
        id=plan_id,
        person_id=actor.id,
        organisation_id=organisation_id,
        state=VisitPlanState.PLANNED,
        created_at=actor.at,
        sameness=sameness,
        **asked.model_dump(exclude={"organisation_id"}),
    )
    kept, is_new = await create_once(session, row, "person_id")
    if is_new:
        await _tell(session, EventName.VISIT_PLAN_MADE, kept, actor)
    return kept, is_new


async def cancel(session: AsyncSession, actor: Actor, plan_id: UUID, reason: str, based_on: int) -> VisitPlan:
    """Call off one's own plan. Raises VisitPlanNotFound, NotPermitted, VisitPlanOver, VersionStale."""
    visible = queries.seen(actor.asking(Permission.VISIT_READ)).where(VisitPlan.id == plan_id)
    kept = (await session.exec(visible.with_for_update(of=VisitPlan))).first()
    if kept is None:
        raise VisitPlanNotFound(plan_id=str(plan_id))
    if kept.person_id != actor.id:
        raise NotPermitted(permission=actor.permission.value)
    if (kept.state, kept.cancel_reason) == (VisitPlanState.CANCELLED, reason):
        return kept
    if kept.state is not VisitPlanState.PLANNED:
        raise VisitPlanOver(state=kept.state.value)
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    kept.state, kept.cancel_reason = VisitPlanState.CANCELLED, reason
    kept.version += 1
    await _tell(session, EventName.VISIT_PLAN_CANCELLED, kept, actor)
    return kept


async def keep(session: AsyncSession, visit_ids: Sequence[UUID]) -> None:
    """The visits that began keep the plans for that person, place and day: for the follower, nobody asks for it."""
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


async def _tell(session: AsyncSession, name: EventName, kept: VisitPlan, actor: Actor) -> None:
    await record(
        session,
        name,
        kept,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[kept.organisation_id],
        persons=[kept.person_id],
        payload=VisitPlanMoved(place_id=kept.place_id, from_at=kept.from_at),
    )
