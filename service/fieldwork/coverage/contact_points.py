"""The state of contact points, for a unit's officer: the unit as a whole, and each organisation directly below.

Units only, never a leader beside another; what could be read as one leader's doing is not told for fewer than five
leaders, nor by the difference of two units (`withholding.py`). A leader's own state stands in
`service/fieldwork/visit_plans/own_state.py`.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.coverage import ContactPointCoverageQuery, UnitContactPoints
from service.fieldwork.coverage.queries import last_visit, since, start_of
from service.fieldwork.coverage.small_cell_suppression import Kept, Path, looked_at
from service.foundation.paging import Slice, page_newest_first
from service.foundation.workdays import day_of
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation

SOON = timedelta(days=30)


async def of_unit(
    session: AsyncSession, actor: Actor, query: ContactPointCoverageQuery
) -> tuple[UnitContactPoints, Slice[UnitContactPoints]]:
    """The unit itself and a page of those directly below. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, query.organisation_id)
    unit = (await session.exec(select(Organisation).where(Organisation.id == query.organisation_id))).one()
    below = select(Organisation).where(Organisation.parent_id == query.organisation_id)
    found = await page_newest_first(session, below, col(Organisation.created_at), col(Organisation.id), query)
    counted = await _counted(session, actor, [unit, *found.rows], query.months)
    return counted[0], Slice(counted[1:], found.next_cursor)


async def _counted(
    session: AsyncSession, actor: Actor, units: Sequence[Organisation], months: int
) -> list[UnitContactPoints]:
    """Each unit with everything below it, in the order given; the first stands directly above the others."""
    keeps = sa.orm.aliased(Organisation)
    today, last = day_of(actor.at), last_visit()
    living: sa.Select[Any, UUID, UUID, bool, bool] = (
        sa.select(
            col(keeps.path).label("path"),
            col(ContactPoint.leader_id),
            col(ContactPoint.place_id),
            (col(ContactPoint.ends_on) <= today + SOON).label("is_ending"),
            sa.or_(last.is_(None), last < start_of(since(actor, months))).label("is_unvisited"),
        )
        .join(Place, col(Place.id) == col(ContactPoint.place_id))
        .join(keeps, col(keeps.id) == col(ContactPoint.organisation_id))
        .where(
            col(ContactPoint.ended_at).is_(None),
            col(ContactPoint.begins_on) <= today,
            col(keeps.path).op("<@", is_comparison=True)(units[0].path),
        )
    )
    rows = (await (await session.connection()).execute(living)).all()
    points: dict[Path, list[Kept]] = defaultdict(list)
    below: dict[Path, list[Any]] = defaultdict(list)
    depth = len(_path(units[0].path))
    for row in rows:
        path = _path(row.path)
        points[path].append(Kept(row.leader_id, row.place_id, row.is_unvisited))
        for above in {path[:depth], path[: depth + 1]}:
            below[above].append(row)
    told, paths = looked_at(points), [_path(one.path) for one in units]
    return [_shown(one, below[path], told[path]) for one, path in zip(units, paths, strict=True)]


def _path(path: object) -> Path:
    return tuple(str(path).split("."))


def _shown(unit: Organisation, rows: Sequence[Any], told: Sequence[Kept]) -> UnitContactPoints:
    return UnitContactPoints(
        organisation_id=unit.id,
        name=unit.name,
        contact_points=len(rows),
        leaders=len({row.leader_id for row in rows}),
        places=len({row.place_id for row in rows}),
        ending_soon=sum(row.is_ending for row in rows),
        without_contact=len({one.place_id for one in told if one.is_unvisited}) if told else None,
        places_counted=len({one.place_id for one in told}),
    )
