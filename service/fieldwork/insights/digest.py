"""The digest for decision makers: topics and areas in numbers of five and more, and what was done about them.

Only whole months that are over, each suppressed for itself: what several months say adds up lines that each could be
asked for alone, so no two answers can be subtracted down to a person.
"""

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.insights import Digest, DigestLine
from service.fieldwork.insights.errors import AreaTooFine, NotWholeMonths, SpanTooLong
from service.fieldwork.insights.tables import Insight
from service.foundation.workdays import BEIJING, day_of
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor

AT_LEAST = 5
"""Fewer could be recognised (DESIGN §2.6)."""
LONGEST_SPAN_DAYS = 366
TOWNSHIP_DIGITS = 9
COMMUNITY = sa.orm.aliased(Place)
"""What a grid lies in: grids have no division of their own."""


async def digest(
    session: AsyncSession, actor: Actor, from_on: date, until_on: date, division_code: str | None
) -> Digest:
    """What was heard in whole months, the first and the last day given, by the organisations in reach.

    What fewer than five different persons wrote down about one topic and area in one month is only counted.
    Raises NotPermitted without a posting that holds the right, SpanTooLong, NotWholeMonths, AreaTooFine.
    """
    await scope.must_be_posted(session, actor)
    _must_be_whole_months(from_on, until_on, day_of(actor.at))
    if division_code and len(division_code) > TOWNSHIP_DIGITS:
        township_code = division_code[:TOWNSHIP_DIGITS]
        raise AreaTooFine(limit_digits=TOWNSHIP_DIGITS, division_code=division_code, township_code=township_code)
    connection = await session.connection()
    rows = (await connection.execute(_grouped(actor, from_on, until_on, division_code))).all()
    placed = [row for row in rows if row.division_code is not None]
    return Digest(
        from_on=from_on,
        until_on=until_on,
        lines=[DigestLine.model_validate(row) for row in placed if row.persons >= AT_LEAST],
        withheld=sum(row.heard for row in placed if row.persons < AT_LEAST),
        without_area=sum(row.heard for row in rows if row.division_code is None),
    )


def _must_be_whole_months(from_on: date, until_on: date, today: date) -> None:
    """Raises SpanTooLong, NotWholeMonths."""
    if not 0 <= (until_on - from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    latest_on = today.replace(day=1) - timedelta(days=1)
    if from_on.day != 1 or (until_on + timedelta(days=1)).day != 1 or until_on > latest_on:
        request = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat()}
        raise NotWholeMonths(latest_on=latest_on.isoformat(), **request)


def _grouped(actor: Actor, from_on: date, until_on: date, division_code: str | None) -> sa.Select[*tuple[Any, ...]]:
    area = sa.func.left(sa.func.coalesce(col(Place.division_code), COMMUNITY.division_code), TOWNSHIP_DIGITS)
    month = sa.func.date_trunc("month", sa.func.timezone("Asia/Shanghai", col(Insight.raised_at)))
    kinds = sa.select(
        sa.cast(month, sa.Date).label("month_on"),
        col(Insight.category_code),
        area.label("division_code"),
        col(Insight.kind),
        *_counts(),
    )
    statement = (
        kinds.join(Place, col(Place.id) == col(Insight.place_id))
        .outerjoin(COMMUNITY, col(COMMUNITY.id) == col(Place.parent_id))
        .where(
            col(Insight.organisation_id).in_(scope.reachable(actor)),
            col(Insight.raised_at) >= _midnight(from_on),
            col(Insight.raised_at) < _midnight(until_on + timedelta(days=1)),
        )
        .group_by(sa.text("1, 2, 3, 4"))
        .order_by(sa.text("1, 2, 3, 4"))
    )
    return statement.where(sa.or_(area.is_(None), area.startswith(division_code))) if division_code else statement


def _counts() -> list[sa.ColumnElement[int]]:
    adopted, refused = col(Insight.is_adopted).is_(True), col(Insight.is_adopted).is_(False)
    return [
        sa.func.count().label("heard"),
        sa.func.count(sa.distinct(col(Insight.raised_by))).label("persons"),
        sa.func.count(sa.distinct(col(Insight.place_id))).label("places"),
        sa.func.count(col(Insight.routed_to)).label("routed"),
        sa.func.count().filter(adopted).label("adopted"),
        sa.func.count().filter(refused).label("refused"),
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
