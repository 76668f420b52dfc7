"""Reading coverage, of the places whose organisation lies in reach.

The last visit of a place, and whether it had more than ten, are a short walk along an index: it costs what there are
places, some twenty thousand in a province (DESIGN §9), not what there were visits. Those of the place's own people
are no contact and are walked past.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.coverage import DivisionCoverage, PlaceWithoutContact, Spread, SpreadStep
from schemas.fieldwork.visits import VisitState
from schemas.ground.places import PlaceKind
from schemas.identity.organisations import Level
from service.fieldwork.coverage.errors import SpanTooLong
from service.fieldwork.coverage.rules import LONGEST_SPAN_DAYS, STEPS, months_before
from service.fieldwork.visits.tables import Visit
from service.foundation.paging import Key, PageQuery, Slice, after, sliced
from service.foundation.workdays import day_of, end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.organisations.divisions.rules import DIGITS
from service.identity.tree.tables import Division, Organisation

BEYOND_THE_LAST_STEP = 11
NO_DIVISION = "-"
"""Stands for the code of places without a division of that level; sorts before all codes."""


@dataclass(frozen=True)
class Area:
    """Which places: those of a division and below, of one kind; None means all in reach."""

    division_code: str | None = None
    kind: PlaceKind | None = None


def since(actor: Actor, months: int) -> date:
    """The first day on which a visit still counts as contact."""
    return months_before(day_of(actor.at), months)


def _places(actor: Actor, area: Area) -> sa.ColumnElement[bool]:
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
    session: AsyncSession, actor: Actor, area: Area, months: int, page: PageQuery
) -> Slice[PlaceWithoutContact]:
    """Places without a visit for so many months, newest place first.

    Raises NotPermitted without a posting that holds the right.
    """
    await scope.must_be_posted(session, actor)
    last = last_visit()
    statement = (
        sa.select(*Place.__table__.c, last.label("visited_at"))  # type: ignore[attr-defined]  # every table class has it
        .where(_places(actor, area), sa.or_(last.is_(None), last < start_of(since(actor, months))))
        .order_by(col(Place.created_at).desc(), col(Place.id).desc())
    )
    if page.after:
        statement = statement.where(after(col(Place.created_at), col(Place.id), page.after))
    rows = (await (await session.connection()).execute(statement.limit(page.limit + 1))).all()
    found = sliced(rows, page.limit, lambda row: Key(row.created_at, row.id))
    return Slice([_shown(row) for row in found.rows], found.last)


def _shown(row: Any) -> PlaceWithoutContact:
    visited_on = day_of(row.visited_at) if row.visited_at else None
    return PlaceWithoutContact.model_validate({**row._mapping, "last_visited_on": visited_on})


async def by_division(
    session: AsyncSession, actor: Actor, area: Area, *, months: int, level: Level, after_code: str | None, limit: int
) -> tuple[Sequence[DivisionCoverage], str | None]:
    """Counts by the divisions of one level, by code, and the code to go on from. Places without one come first.

    Raises NotPermitted without a posting that holds the right.
    """
    await scope.must_be_posted(session, actor)
    code = sa.case(
        (
            sa.func.length(col(Place.division_code)) >= DIGITS[level],
            sa.func.left(col(Place.division_code), DIGITS[level]),
        ),
        else_=NO_DIVISION,
    ).label("code")
    seen = sa.select(code, last_visit().label("visited_at")).where(_places(actor, area)).subquery()
    visited = seen.c.visited_at >= start_of(since(actor, months))
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
        .limit(limit + 1)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    items = [
        DivisionCoverage(
            division_code=None if row.code == NO_DIVISION else row.code,
            name=row.name,
            places=row.places,
            with_contact=row.with_contact,
            without_contact=row.places - row.with_contact,
        )
        for row in rows[:limit]
    ]
    return items, rows[limit - 1].code if len(rows) > limit else None


async def spread(session: AsyncSession, actor: Actor, area: Area, from_on: date, until_on: date) -> Spread:
    """How many places had how many visits from one day to another, both included.

    Raises NotPermitted without a posting that holds the right, SpanTooLong.
    """
    await scope.must_be_posted(session, actor)
    if not 0 <= (until_on - from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    visits = (
        _ended_at_place()
        .where(col(Visit.checked_in_at) >= start_of(from_on), col(Visit.checked_in_at) < end_of_day(until_on))
        .limit(BEYOND_THE_LAST_STEP)
        .subquery()
    )
    number = sa.select(sa.func.count()).select_from(visits).scalar_subquery()
    counted = sa.select(number.label("visits")).select_from(Place).where(_places(actor, area)).subquery()
    statement = sa.select(counted.c.visits, sa.func.count().label("places")).group_by(counted.c.visits)
    rows = (await (await session.connection()).execute(statement)).all()
    steps = [
        SpreadStep(
            visits_from=first,
            visits_until=last,
            places=sum(row.places for row in rows if first <= row.visits and (last is None or row.visits <= last)),
        )
        for first, last in STEPS
    ]
    return Spread(from_on=from_on, until_on=until_on, places=sum(row.places for row in rows), steps=steps)


def start_of(day: date) -> datetime:
    """00:00 of that day in Beijing."""
    return end_of_day(day - timedelta(days=1))
