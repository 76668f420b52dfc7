"""Reading coverage, of the places whose organisation lies in reach.

The last visit of a place, and whether it had more than ten, are a short walk along an index: it costs what there are
places, some twenty thousand in a province (DESIGN §9), not what there were visits. Those of the place's own people
are no contact and are walked past.
"""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.coverage import (
    AreaQuery,
    ConcentrationQuery,
    ConcentrationStep,
    DivisionCoverage,
    DivisionCoverageQuery,
    PlaceWithoutContact,
    PlaceWithoutContactQuery,
    Spread,
)
from schemas.fieldwork.visits import VisitState
from service.fieldwork.coverage.errors import SpanTooLong
from service.fieldwork.coverage.rules import LONGEST_SPAN_DAYS, STEPS, months_before
from service.fieldwork.visits.tables import Visit
from service.foundation.paging import Key, Slice, decode_code, newest_first, sliced, sliced_by_code
from service.foundation.workdays import day_of, end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.organisations.divisions import DIGITS
from service.identity.tree.tables import Division, Organisation

BEYOND_THE_LAST_STEP = 11
NO_DIVISION = "-"
"""Stands for the code of places without a division of that level; sorts before all codes."""


def since(actor: Actor, months: int) -> date:
    """The first day on which a visit still counts as contact."""
    return months_before(day_of(actor.at), months)


def _places(actor: Actor, area: AreaQuery) -> sa.ColumnElement[bool]:
    wanted: list[sa.ColumnElement[bool]] = [col(Place.organisation_id).in_(scope.reachable(actor))]
    if area.division_code:
        wanted.append(col(Place.division_code).startswith(area.division_code, autoescape=True))
    if area.kind:
        wanted.append(col(Place.kind) == area.kind)
    return sa.and_(*wanted)


def _ended_at_place() -> sa.Select[datetime]:
    """An unannounced visit shows only once it has ended. Who is at home there, or below, is no contact."""
    home, visitor = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    # looked up by id for each visit of the walk; a join could read all that lies below
    home_path = sa.select(col(home.path)).where(col(home.id) == col(Place.organisation_id)).correlate(Place)
    path = sa.select(col(visitor.path)).where(col(visitor.id) == col(Visit.organisation_id)).correlate(Visit)
    is_at_home = home_path.scalar_subquery().op("@>", is_comparison=True)(path.scalar_subquery())
    return (
        sa.select(col(Visit.checked_in_at))
        .where(
            col(Visit.place_id) == col(Place.id),
            col(Visit.state) == VisitState.ENDED,
            col(Visit.organisation_id) != col(Place.organisation_id),  # said again, since it is the cheap half
            sa.not_(is_at_home),
        )
        .correlate(Place)
    )


def last_visit() -> sa.ScalarSelect[datetime]:
    """When the last visit of a place by others began that has ended; null for none."""
    return _ended_at_place().order_by(col(Visit.checked_in_at).desc()).limit(1).scalar_subquery()


async def without_contact(
    session: AsyncSession, actor: Actor, query: PlaceWithoutContactQuery
) -> Slice[PlaceWithoutContact]:
    """Places without a visit for so many months, newest place first.

    Raises NotPermitted without a posting that holds the right.
    """
    await scope.must_be_posted(session, actor)
    last = last_visit()
    statement = sa.select(*Place.__table__.c, last.label("visited_at")).where(  # type: ignore[attr-defined]  # every table class has it
        _places(actor, query), sa.or_(last.is_(None), last < start_of(since(actor, query.months)))
    )
    ordered = newest_first(statement, col(Place.created_at), col(Place.id), query)
    rows = (await (await session.connection()).execute(ordered)).all()
    found = sliced(rows, query, lambda row: Key(row.created_at, row.id))
    return Slice([_shown(row) for row in found.rows], found.next_cursor)


def _shown(row: Any) -> PlaceWithoutContact:
    visited_on = day_of(row.visited_at) if row.visited_at else None
    return PlaceWithoutContact.model_validate({**row._mapping, "last_visited_on": visited_on})


async def by_division(session: AsyncSession, actor: Actor, query: DivisionCoverageQuery) -> Slice[DivisionCoverage]:
    """Counts by the divisions of one level, by code. Places without a division come first.

    Raises NotPermitted without a posting that holds the right.
    """
    await scope.must_be_posted(session, actor)
    digits, after_code = DIGITS[query.level], decode_code(query.cursor)
    code = sa.case(
        (
            sa.func.length(col(Place.division_code)) >= digits,
            sa.func.left(col(Place.division_code), digits),
        ),
        else_=NO_DIVISION,
    ).label("code")
    seen = sa.select(code, last_visit().label("visited_at")).where(_places(actor, query)).subquery()
    visited = seen.c.visited_at >= start_of(since(actor, query.months))
    statement = (
        sa.select(
            seen.c.code,
            sa.func.max(Division.name).label("name"),
            sa.func.count().label("places"),
            sa.func.count().filter(visited).label("with_contact"),
        )
        .outerjoin(Division, col(Division.code) == seen.c.code)
        .where(seen.c.code > after_code if after_code is not None else sa.true())
        .group_by(seen.c.code)
        .order_by(seen.c.code)
        .limit(query.limit + 1)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    found = sliced_by_code(rows, query, lambda row: row.code)
    items = [
        DivisionCoverage(
            division_code=None if row.code == NO_DIVISION else row.code,
            name=row.name,
            places=row.places,
            with_contact=row.with_contact,
            without_contact=row.places - row.with_contact,
        )
        for row in found.rows
    ]
    return Slice(items, found.next_cursor)


async def spread(session: AsyncSession, actor: Actor, query: ConcentrationQuery) -> Spread:
    """How many places had how many visits from one day to another, both included.

    Raises NotPermitted without a posting that holds the right, SpanTooLong.
    """
    await scope.must_be_posted(session, actor)
    if not 0 <= (query.until_on - query.from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    starts, ends = start_of(query.from_on), end_of_day(query.until_on)
    visits = (
        _ended_at_place()
        .where(col(Visit.checked_in_at) >= starts, col(Visit.checked_in_at) < ends)
        .limit(BEYOND_THE_LAST_STEP)
        .subquery()
    )
    number = sa.select(sa.func.count()).select_from(visits).scalar_subquery()
    counted = sa.select(number.label("visits")).select_from(Place).where(_places(actor, query)).subquery()
    statement = sa.select(counted.c.visits, sa.func.count().label("places")).group_by(counted.c.visits)
    rows = (await (await session.connection()).execute(statement)).all()
    steps = [
        ConcentrationStep(
            visits_from=first,
            visits_until=last,
            places=sum(row.places for row in rows if first <= row.visits and (last is None or row.visits <= last)),
        )
        for first, last in STEPS
    ]
    return Spread(from_on=query.from_on, until_on=query.until_on, places=sum(row.places for row in rows), steps=steps)


def start_of(day: date) -> datetime:
    """00:00 of that day in Beijing."""
    return end_of_day(day - timedelta(days=1))
