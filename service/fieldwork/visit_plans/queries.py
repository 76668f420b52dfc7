"""Visit plans that an actor may see, and the calendar of announced visits of a place."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.fieldwork.visit_plans import CalendarEntry, OccupiedPeriod, VisitPlanQuery, VisitPlanState
from service.fieldwork.visit_plans.errors import SpanTooLong, VisitPlanNotFound
from service.fieldwork.visit_plans.tables import VisitPlan
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.foundation.workdays import day_of, end_of_day
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation

LONGEST_SPAN_DAYS = 92


def visible_plans(actor: Actor) -> SelectOfScalar[VisitPlan]:
    """Select the plans that the actor may see. The place sees announced visits in its calendar only."""
    visible: sa.ColumnElement[bool] = col(VisitPlan.organisation_id).in_(scope.reachable(actor))
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(VisitPlan.person_id) == actor.id)
    return select(VisitPlan).where(visible)


async def get_plan(session: AsyncSession, actor: Actor, plan_id: UUID) -> VisitPlan:
    """Load a plan that the actor may see. Raises: VisitPlanNotFound."""
    plan = (await session.exec(visible_plans(actor).where(VisitPlan.id == plan_id))).first()
    if plan is None:
        raise VisitPlanNotFound(plan_id=str(plan_id))
    return plan


async def page(session: AsyncSession, actor: Actor, query: VisitPlanQuery) -> Slice[VisitPlan]:
    """List the plans that the actor may see, newest first."""
    statement = filter_equal(visible_plans(actor), VisitPlan, query, "state", "place_id")
    return await page_newest_first(session, statement, col(VisitPlan.created_at), col(VisitPlan.id), query)


async def calendar(session: AsyncSession, place_id: UUID, from_on: date, until_on: date) -> list[CalendarEntry]:
    """List the announced visits of a place between two days, both included.

    Raises: PlaceNotFound, SpanTooLong.
    """
    if not 0 <= (until_on - from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    if await session.get(Place, place_id) is None:
        raise PlaceNotFound(place_id=str(place_id))
    starts = end_of_day(from_on - timedelta(days=1))
    rows = await _planned_visits(session, place_id, starts, end_of_day(until_on), is_announced=True)
    return [CalendarEntry.model_validate({**row.model_dump(), "plan_id": row.id}) for row in rows]


async def also_expected(session: AsyncSession, actor: Actor, plan: VisitPlan) -> list[OccupiedPeriod]:
    """List the other visits that are planned at the place on those days.

    An unannounced visit shows only that the day is occupied. People with a posting in the organisation of the place,
    or below it, do not see unannounced visits at all (四不两直).
    """
    first, last = day_of(plan.from_at), day_of(plan.until_at)
    starts, ends = end_of_day(first - timedelta(days=1)), end_of_day(last)
    rows = [row for row in await _planned_visits(session, plan.place_id, starts, ends) if row.id != plan.id]
    periods = [
        OccupiedPeriod(from_at=row.from_at, until_at=row.until_at, organisation_id=row.organisation_id)
        for row in rows
        if row.is_announced
    ]
    if not await _works_at_place(session, actor, plan.place_id):
        periods += _occupied_days([row for row in rows if not row.is_announced], first, last)
    return sorted(periods, key=lambda period: period.from_at)


def _occupied_days(rows: Sequence[VisitPlan], first: date, last: date) -> list[OccupiedPeriod]:
    """List each day with at least one visit once, as a whole day, so that times and numbers stay hidden."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [
        OccupiedPeriod(from_at=end_of_day(day - timedelta(days=1)), until_at=end_of_day(day), organisation_id=None)
        for day in days
        if any(day_of(row.from_at) <= day <= day_of(row.until_at) for row in rows)
    ]


async def _works_at_place(session: AsyncSession, actor: Actor, place_id: UUID) -> bool:
    """Whether the actor is posted in the organisation responsible for the place, or below it."""
    home = sa.orm.aliased(Organisation)
    below = col(home.path).op("@>", is_comparison=True)(col(Organisation.path))
    statement = (
        sa.select(col(Organisation.id))
        .join(home, below)
        .join(Place, col(Place.organisation_id) == col(home.id))
        .where(col(Place.id) == place_id, col(Organisation.id).in_(scope.own_organisations(actor)))
        .limit(1)
    )
    return await session.scalar(statement) is not None


async def _planned_visits(
    session: AsyncSession, place_id: UUID, starts: datetime, ends: datetime, *, is_announced: bool | None = None
) -> Sequence[VisitPlan]:
    """Load the plans of a place in that time that are not cancelled; kept plans are included."""
    statement = select(VisitPlan).where(
        VisitPlan.place_id == place_id,
        VisitPlan.state != VisitPlanState.CANCELLED,
        col(VisitPlan.from_at) < ends,
        col(VisitPlan.until_at) > starts,
    )
    if is_announced is not None:
        statement = statement.where(VisitPlan.is_announced == is_announced)
    return (await session.exec(statement.order_by(col(VisitPlan.from_at), col(VisitPlan.id)).limit(200))).all()
