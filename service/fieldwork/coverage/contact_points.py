"""Counts of contact points for an officer: a unit with everything below it, and its direct children.

Counts are of units only; no leader is compared with another. A figure from which one leader's activity could be read
needs at least five leaders, also as the difference of two units (`small_cell_suppression.py`). A leader's own state is
in `service/fieldwork/visit_plans/own_state.py`.
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
from service.fieldwork.coverage.queries import contact_since, last_visit, start_of_day
from service.fieldwork.coverage.small_cell_suppression import CountedContactPoint, Path, suppress_small_cells
from service.foundation.paging import Slice, page_newest_first
from service.foundation.workdays import day_of
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation

ENDING_SOON = timedelta(days=30)


async def count_by_unit(
    session: AsyncSession, actor: Actor, query: ContactPointCoverageQuery
) -> tuple[UnitContactPoints, Slice[UnitContactPoints]]:
    """Count the contact points of the unit and of a page of units directly below it.

    Raises: OrganisationNotFound, NotPermitted.
    """
    await scope.must_reach(session, actor, query.organisation_id)
    unit = (await session.exec(select(Organisation).where(Organisation.id == query.organisation_id))).one()
    below = select(Organisation).where(Organisation.parent_id == query.organisation_id)
    children = await page_newest_first(session, below, col(Organisation.created_at), col(Organisation.id), query)
    counts = await _count_units(session, actor, [unit, *children.rows], query.months)
    return counts[0], Slice(counts[1:], children.next_cursor)


async def _count_units(
    session: AsyncSession, actor: Actor, units: Sequence[Organisation], months: int
) -> list[UnitContactPoints]:
    """Count each unit with everything below it, in the given order.

    The first unit is the parent of the others.
    """
    organisation = sa.orm.aliased(Organisation)
    today, last = day_of(actor.at), last_visit()
    statement: sa.Select[Any, UUID, UUID, bool, bool] = (
        sa.select(
            col(organisation.path).label("path"),
            col(ContactPoint.leader_id),
            col(ContactPoint.place_id),
            (col(ContactPoint.ends_on) <= today + ENDING_SOON).label("is_ending"),
            sa.or_(last.is_(None), last < start_of_day(contact_since(actor, months))).label("is_unvisited"),
        )
        .join(Place, col(Place.id) == col(ContactPoint.place_id))
        .join(organisation, col(organisation.id) == col(ContactPoint.organisation_id))
        .where(
            col(ContactPoint.ended_at).is_(None),
            col(ContactPoint.begins_on) <= today,
            col(organisation.path).op("<@", is_comparison=True)(units[0].path),
        )
    )
    rows = (await (await session.connection()).execute(statement)).all()
    points: dict[Path, list[CountedContactPoint]] = defaultdict(list)
    rows_by_path: dict[Path, list[Any]] = defaultdict(list)
    depth = len(_path(units[0].path))
    for row in rows:
        path = _path(row.path)
        points[path].append(CountedContactPoint(row.leader_id, row.place_id, row.is_unvisited))
        for unit_path in {path[:depth], path[: depth + 1]}:
            rows_by_path[unit_path].append(row)
    counted, paths = suppress_small_cells(points), [_path(unit.path) for unit in units]
    return [_build_unit(unit, rows_by_path[path], counted[path]) for unit, path in zip(units, paths, strict=True)]


def _path(path: object) -> Path:
    return tuple(str(path).split("."))


def _build_unit(unit: Organisation, rows: Sequence[Any], counted: Sequence[CountedContactPoint]) -> UnitContactPoints:
    return UnitContactPoints(
        organisation_id=unit.id,
        name=unit.name,
        contact_points=len(rows),
        leaders=len({row.leader_id for row in rows}),
        places=len({row.place_id for row in rows}),
        ending_soon=sum(row.is_ending for row in rows),
        without_contact=len({point.place_id for point in counted if point.is_unvisited}) if counted else None,
        places_counted=len({point.place_id for point in counted}),
    )
