"""The state of contact points, for a unit's officer: the unit as a whole, and each organisation directly below.

Units only, never a leader beside another; what could be read as one leader's doing is not told for fewer than five
leaders (DESIGN §2.6). A leader's own state stands in `service/visit_plans/own_state.py`.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.coverage import UnitContactPoints
from service.access import scope
from service.access.actor import Actor
from service.contact_points.tables import ContactPoint
from service.core.paging import PageAsked, Slice, newest_first
from service.core.workdays import day_of
from service.coverage.queries import last_visit, since, start_of
from service.organisations.tables import Organisation
from service.places.tables import Place

AT_LEAST = 5
SOON = timedelta(days=30)


async def of_unit(
    session: AsyncSession, actor: Actor, organisation_id: UUID, months: int, asked: PageAsked
) -> tuple[UnitContactPoints, Slice[UnitContactPoints]]:
    """The unit itself and a page of those directly below. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, organisation_id)
    unit = (await session.exec(select(Organisation).where(Organisation.id == organisation_id))).one()
    below = select(Organisation).where(Organisation.parent_id == organisation_id)
    found = await newest_first(session, below, col(Organisation.created_at), col(Organisation.id), asked)
    counted = await _counted(session, actor, [unit, *found.rows], months)
    return counted[0], Slice(counted[1:], found.last)


async def _counted(
    session: AsyncSession, actor: Actor, units: Sequence[Organisation], months: int
) -> list[UnitContactPoints]:
    """Each unit with everything below it, in the order given."""
    unit, keeps = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    today, last = day_of(actor.at), last_visit()
    unvisited = sa.or_(last.is_(None), last < start_of(since(actor, months)))
    living = (
        sa.select(
            col(ContactPoint.organisation_id),
            col(ContactPoint.leader_id),
            col(ContactPoint.place_id),
            (col(ContactPoint.ends_on) <= today + SOON).label("is_ending"),
            unvisited.label("is_unvisited"),
        )
        .join(Place, col(Place.id) == col(ContactPoint.place_id))
        .where(col(ContactPoint.ended_at).is_(None), col(ContactPoint.begins_on) <= today)
        .subquery()
    )
    statement = (
        sa.select(
            col(unit.id),
            sa.func.count().label("contact_points"),
            sa.func.count(sa.distinct(living.c.leader_id)).label("leaders"),
            sa.func.count(sa.distinct(living.c.place_id)).label("places"),
            sa.func.count().filter(living.c.is_ending).label("ending_soon"),
            sa.func.count(sa.distinct(living.c.place_id)).filter(living.c.is_unvisited).label("without_contact"),
        )
        .select_from(unit)
        .join(keeps, col(unit.path).op("@>", is_comparison=True)(col(keeps.path)))
        .join(living, living.c.organisation_id == col(keeps.id))
        .where(col(unit.id).in_([one.id for one in units]))
        .group_by(col(unit.id))
    )
    rows = {row.id: row._mapping for row in (await (await session.connection()).execute(statement)).all()}
    return [_shown(one, dict(rows.get(one.id, {}))) for one in units]


def _shown(unit: Organisation, counts: dict[str, int]) -> UnitContactPoints:
    leaders = counts.get("leaders", 0)
    return UnitContactPoints(
        organisation_id=unit.id,
        name=unit.name,
        contact_points=counts.get("contact_points", 0),
        leaders=leaders,
        places=counts.get("places", 0),
        ending_soon=counts.get("ending_soon", 0),
        without_contact=counts["without_contact"] if leaders >= AT_LEAST else None,
    )
