"""What a leader planned and did at the own contact point, beside what the local rule expects: a private reminder.

Expected visits are a local rule, by default none (DOMAIN §4.5 rule 6). Nobody else is shown this, and no two persons
stand beside each other. It lives here, since it reads contact points, visits and plans.
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


async def of(session: AsyncSession, actor: Actor, contact_point_id: UUID) -> ContactPointOwnState:
    """For the leader alone, whatever others may see of the contact point. Raises ContactPointNotFound."""
    own = select(ContactPoint).where(ContactPoint.id == contact_point_id, ContactPoint.leader_id == actor.id)
    point = (await session.exec(own)).first()
    if point is None:
        raise ContactPointNotFound(contact_point_id=str(contact_point_id))
    (expected,) = (await local_rules.held(session, point.organisation_id, [KEY], None, actor.at)).items
    planned = await _a_year(session, VisitPlan.from_at, _planned(point), point)
    went = await _a_year(session, Visit.checked_in_at, _went(point), point)
    last = min(point.ends_on, day_of(actor.at)).year
    return ContactPointOwnState(
        contact_point_id=point.id,
        expected_visits_a_year=expected.value,
        rule=expected.rule,
        years=[
            ContactPointYear(year=year, planned=planned.get(year, 0), visited=went.get(year, 0))
            for year in range(point.begins_on.year, last + 1)
        ],
    )


def _planned(point: ContactPoint) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(VisitPlan.person_id) == point.leader_id,
        col(VisitPlan.place_id) == point.place_id,
        col(VisitPlan.state) != VisitPlanState.CANCELLED,
    )


def _went(point: ContactPoint) -> sa.ColumnElement[bool]:
    """As the visitor, or named as a companion and not declined."""
    along = select(VisitCompanion.visit_id).where(
        VisitCompanion.person_id == point.leader_id, VisitCompanion.state == CompanionState.TOLD
    )
    is_there = sa.or_(col(Visit.person_id) == point.leader_id, col(Visit.id).in_(along))
    return sa.and_(col(Visit.place_id) == point.place_id, is_there)


async def _a_year(
    session: AsyncSession, moment: Any, condition: sa.ColumnElement[bool], point: ContactPoint
) -> Mapping[int, int]:
    """How many fall into each calendar year (Beijing) of the term."""
    begins, ends = end_of_day(point.begins_on - timedelta(days=1)), _end_of_term(point)
    year = sa.cast(sa.func.extract("year", sa.func.timezone(BEIJING.key, moment)), sa.Integer)
    statement = sa.select(year, sa.func.count()).where(condition, moment >= begins, moment < ends).group_by(year)
    return {row[0]: row[1] for row in await (await session.connection()).execute(statement)}


def _end_of_term(point: ContactPoint) -> datetime:
    over = end_of_day(point.ends_on)
    return min(over, end_of_day(day_of(point.ended_at))) if point.ended_at else over
