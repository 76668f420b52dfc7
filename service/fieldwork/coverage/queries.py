"""Coverage of the places of organisations in reach.

The last visit of a place, and whether it had more than ten, are read by a short index scan per place. The cost grows
with the number of places, about 20,000 in a province (DESIGN §9), not with the number of visits. Visits by the place's
own organisation do not count as contact and are skipped.
"""

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.coverage import (
    AreaQuery,
    Concentration,
    ConcentrationQuery,
    ConcentrationStep,
    DivisionCoverage,
    DivisionCoverageQuery,
    PlaceWithoutContact,
    PlaceWithoutContactQuery,
)
from schemas.fieldwork.visits import VisitState
from service.fieldwork.coverage.errors import SpanTooLong
from service.fieldwork.coverage.rules import LONGEST_SPAN_DAYS, STEPS, months_before
from service.fieldwork.visits.tables import Visit
from service.foundation.paging import Key, Slice, decode_code, newest_first, slice_page, slice_page_by_code
from service.foundation.workdays import day_of, end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.organisations.divisions import DIGITS
from service.identity.tree.tables import Division, Organisation

MAX_COUNTED_VISITS = 11
"""The first number of the last step; more visits need not be counted."""
NO_DIVISION = "-"
"""The code of places without a division of that level; it sorts before all codes."""


def contact_since(actor: Actor, months: int) -> date:
    """The first day on which a visit still counts as contact."""
    return months_before(day_of(actor.at), months)


def _place_filter(actor: Actor, area: AreaQuery) -> sa.ColumnElement[bool]:
    conditions: list[sa.ColumnElement[bool]] = [col(Place.organisation_id).in_(scope.reachable(actor))]
    if area.division_code:
        conditions.append(col(Place.division_code).startswith(area.division_code, autoescape=True))
    if area.kind:
        conditions.append(col(Place.kind) == area.kind)
    return sa.and_(*conditions)


def _outside_visits() -> sa.Select[datetime]:
    """Select the ended visits of a place by other organisations.

    An unannounced visit must stay hidden until it has ended. Visits by the place's organisation, or one below it, do
    not count as contact.
    """
    home, visitor = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    # subqueries by id for each visit read; a join could read every organisation below
    home_path = sa.select(col(home.path)).where(col(home.id) == col(Place.organisation_id)).correlate(Place)
    path = sa.select(col(visitor.path)).where(col(visitor.id) == col(Visit.organisation_id)).correlate(Visit)
    is_own_organisation = home_path.scalar_subquery().op("@>", is_comparison=True)(path.scalar_subquery())
    return (
        sa.select(col(Visit.checked_in_at))
        .where(
            col(Visit.place_id) == col(Place.id),
            col(Visit.state) == VisitState.ENDED,
            col(Visit.organisation_id) != col(Place.organisation_id),  # redundant, but cheap to check first
            sa.not_(is_own_organisation),
        )
        .correlate(Place)
    )


def last_visit() -> sa.ScalarSelect[datetime]:
    """SQL: the check-in time of the last ended visit by another organisation; NULL if there is none."""
    return _outside_visits().order_by(col(Visit.checked_in_at).desc()).limit(1).scalar_subquery()


async def places_without_contact(
    session: AsyncSession, actor: Actor, query: PlaceWithoutContactQuery
) -> Slice[PlaceWithoutContact]:
    """List the places without a visit for `query.months` months, newest place first.

    Raises: NotPermitted if no posting of the actor has the right.
    """
    await scope.must_be_posted(session, actor)
    last = last_visit()
    statement = sa.select(*Place.__table__.c, last.label("visited_at")).where(  # type: ignore[attr-defined]  # every table class has it
        _place_filter(actor, query), sa.or_(last.is_(None), last < start_of_day(contact_since(actor, query.months)))
    )
    ordered = newest_first(statement, col(Place.created_at), col(Place.id), query)
    rows = (await (await session.connection()).execute(ordered)).all()
    places = slice_page(rows, query, lambda row: Key(row.created_at, row.id))
    return Slice([_build_place(row) for row in places.rows], places.next_cursor)


def _build_place(row: Any) -> PlaceWithoutContact:
    visited_on = day_of(row.visited_at) if row.visited_at else None
    return PlaceWithoutContact.model_validate({**row._mapping, "last_visited_on": visited_on})


async def coverage_by_division(
    session: AsyncSession, actor: Actor, query: DivisionCoverageQuery
) -> Slice[DivisionCoverage]:
    """Count places with and without contact by division, in the order of the codes.

    Places without a division come first. Raises: NotPermitted if no posting of the actor has the right.
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
    places = sa.select(code, last_visit().label("visited_at")).where(_place_filter(actor, query)).subquery()
    has_contact = places.c.visited_at >= start_of_day(contact_since(actor, query.months))
    statement = (
        sa.select(
            places.c.code,
            sa.func.max(Division.name).label("name"),
            sa.func.count().label("places"),
            sa.func.count().filter(has_contact).label("with_contact"),
        )
        .outerjoin(Division, col(Division.code) == places.c.code)
        .where(places.c.code > after_code if after_code is not None else sa.true())
        .group_by(places.c.code)
        .order_by(places.c.code)
        .limit(query.limit + 1)
    )
    rows = (await (await session.connection()).execute(statement)).all()
    divisions = slice_page_by_code(rows, query, lambda row: row.code)
    items = [
        DivisionCoverage(
            division_code=None if row.code == NO_DIVISION else row.code,
            name=row.name,
            places=row.places,
            with_contact=row.with_contact,
            without_contact=row.places - row.with_contact,
        )
        for row in divisions.rows
    ]
    return Slice(items, divisions.next_cursor)


async def concentration(session: AsyncSession, actor: Actor, query: ConcentrationQuery) -> Concentration:
    """Count places by their number of visits between two days, both included.

    Raises: NotPermitted if no posting of the actor has the right, SpanTooLong.
    """
    await scope.must_be_posted(session, actor)
    if not 0 <= (query.until_on - query.from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    starts, ends = start_of_day(query.from_on), end_of_day(query.until_on)
    visits = (
        _outside_visits()
        .where(col(Visit.checked_in_at) >= starts, col(Visit.checked_in_at) < ends)
        .limit(MAX_COUNTED_VISITS)
        .subquery()
    )
    number = sa.select(sa.func.count()).select_from(visits).scalar_subquery()
    visit_counts = sa.select(number.label("visits")).select_from(Place).where(_place_filter(actor, query)).subquery()
    statement = sa.select(visit_counts.c.visits, sa.func.count().label("places")).group_by(visit_counts.c.visits)
    rows = (await (await session.connection()).execute(statement)).all()
    steps = [
        ConcentrationStep(
            visits_from=first,
            visits_until=last,
            places=sum(row.places for row in rows if first <= row.visits and (last is None or row.visits <= last)),
        )
        for first, last in STEPS
    ]
    return Concentration(
        from_on=query.from_on, until_on=query.until_on, places=sum(row.places for row in rows), steps=steps
    )


def start_of_day(day: date) -> datetime:
    """Return 00:00 of a day in Beijing time."""
    return end_of_day(day - timedelta(days=1))
