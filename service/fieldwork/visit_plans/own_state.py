"""Plans and visits of a leader at the leader's own contact point, and the expected number of visits.

The expected number is a local rule; by default there is none (DOMAIN §4.5 rule 6). Only the leader sees this. No two
persons are compared. The module is here because it reads contact points, visits and plans.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.visit_plans import VisitPlanState
from schemas.fieldwork.visits import CompanionState
from schemas.ground.contact_points import ContactPointOwnState, ContactPointYear
from schemas.identity.local_rules import RuleKey
from service.fieldwork.visit_plans.tables import VisitPlan
from service.fieldwork.visits.tables import Visit, VisitCompanion
from service.foundation.workdays import BEIJING, day_of, end_of_day
from service.ground.contact_points.errors import ContactPointNotFound
from service.ground.contact_points.tables import ContactPoint
from service.identity.access.actor import Actor
from service.identity.local_rules import queries as local_rules

KEY = RuleKey.CONTACT_POINT_EXPECTED_VISITS_A_YEAR


async def read_own_state(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPointOwnState:
    """Read the state for the leader of the contact point.

    Raises: ContactPointNotFound for everybody else.
    """
    own = select(ContactPoint).where(ContactPoint.id == contact_point_id, ContactPoint.leader_id == actor.id)
    point = (await session.exec(own)).first()
    if point is None:
        raise ContactPointNotFound(contact_point_id=str(contact_point_id))
    (expected,) = (await local_rules.rules_in_force(session, point.organisation_id, [KEY], None, actor.at)).items
    plans = await _count_by_year(session, VisitPlan.from_at, _is_plan_of_leader(point), point)
    visits = await _count_by_year(session, Visit.checked_in_at, _is_visit_of_leader(point), point)
    last_year = min(point.ends_on, day_of(actor.at)).year
    return ContactPointOwnState(
        contact_point_id=point.id,
        expected_visits_a_year=expected.value,
        rule=expected.rule,
        years=[
            ContactPointYear(year=year, planned=plans.get(year, 0), visited=visits.get(year, 0))
            for year in range(point.begins_on.year, last_year + 1)
        ],
    )


def _is_plan_of_leader(point: ContactPoint) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(VisitPlan.person_id) == point.leader_id,
        col(VisitPlan.place_id) == point.place_id,
        col(VisitPlan.state) != VisitPlanState.CANCELLED,
    )


def _is_visit_of_leader(point: ContactPoint) -> sa.ColumnElement[bool]:
    """The leader is the visitor, or a companion who has not declined."""
    companion_visit_ids = select(VisitCompanion.visit_id).where(
        VisitCompanion.person_id == point.leader_id, VisitCompanion.state == CompanionState.NOTIFIED
    )
    was_there = sa.or_(col(Visit.person_id) == point.leader_id, col(Visit.id).in_(companion_visit_ids))
    return sa.and_(col(Visit.place_id) == point.place_id, was_there)


async def _count_by_year(
    session: AsyncSession, time: Any, condition: sa.ColumnElement[bool], point: ContactPoint
) -> Mapping[int, int]:
    """Count the rows of each calendar year (Beijing time) within the term."""
    begins, ends = end_of_day(point.begins_on - timedelta(days=1)), _end_of_term(point)
    year = sa.cast(sa.func.extract("year", sa.func.timezone(BEIJING.key, time)), sa.Integer)
    statement = sa.select(year, sa.func.count()).where(condition, time >= begins, time < ends).group_by(year)
    return {row[0]: row[1] for row in await (await session.connection()).execute(statement)}


def _end_of_term(point: ContactPoint) -> datetime:
    term_end = end_of_day(point.ends_on)
    return min(term_end, end_of_day(day_of(point.ended_at))) if point.ended_at else term_end
