"""Digest of insights: counts by month, topic and area, with small-cell suppression.

Only whole months that have ended are counted, and suppression is applied to each month alone. A digest of several
months is the sum of lines that can also be requested one by one, so the difference of
two digests shows no more than single months do.
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

MIN_PERSONS = 5
"""Fewer people could be recognised (DESIGN §2.6)."""
LONGEST_SPAN_DAYS = 366
TOWNSHIP_DIGITS = 9
COMMUNITY = sa.orm.aliased(Place)
"""The parent place of a grid; a grid has no division of its own."""


async def read_digest(
    session: AsyncSession, actor: Actor, from_on: date, until_on: date, division_code: str | None
) -> Digest:
    """Count the insights of organisations in reach, in whole months given by their first and last day.

    A line needs insights by at least five people about one topic, area and month; fewer are counted as suppressed.
    Raises: NotPermitted if no posting of the actor has the right, SpanTooLong, NotWholeMonths, AreaTooFine.
    """
    await scope.must_be_posted(session, actor)
    _require_whole_months(from_on, until_on, day_of(actor.at))
    if division_code and len(division_code) > TOWNSHIP_DIGITS:
        township_code = division_code[:TOWNSHIP_DIGITS]
        raise AreaTooFine(limit_digits=TOWNSHIP_DIGITS, division_code=division_code, township_code=township_code)
    connection = await session.connection()
    rows = (await connection.execute(_select_groups(actor, from_on, until_on, division_code))).all()
    rows_with_area = [row for row in rows if row.division_code is not None]
    return Digest(
        from_on=from_on,
        until_on=until_on,
        lines=[DigestLine.model_validate(row) for row in rows_with_area if row.persons >= MIN_PERSONS],
        suppressed=sum(row.insights for row in rows_with_area if row.persons < MIN_PERSONS),
        without_area=sum(row.insights for row in rows if row.division_code is None),
    )


def _require_whole_months(from_on: date, until_on: date, today: date) -> None:
    """Check the span of a digest. Raises: SpanTooLong, NotWholeMonths."""
    if not 0 <= (until_on - from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    latest_on = today.replace(day=1) - timedelta(days=1)
    if from_on.day != 1 or (until_on + timedelta(days=1)).day != 1 or until_on > latest_on:
        raise NotWholeMonths(latest_on=latest_on, from_on=from_on, until_on=until_on)


def _select_groups(
    actor: Actor, from_on: date, until_on: date, division_code: str | None
) -> sa.Select[*tuple[Any, ...]]:
    area = sa.func.left(sa.func.coalesce(col(Place.division_code), COMMUNITY.division_code), TOWNSHIP_DIGITS)
    month = sa.func.date_trunc("month", sa.func.timezone("Asia/Shanghai", col(Insight.raised_at)))
    groups = sa.select(
        sa.cast(month, sa.Date).label("month_on"),
        col(Insight.category_code),
        area.label("division_code"),
        col(Insight.kind),
        *_counts(),
    )
    statement = (
        groups.join(Place, col(Place.id) == col(Insight.place_id))
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
        sa.func.count().label("insights"),
        sa.func.count(sa.distinct(col(Insight.raised_by))).label("persons"),
        sa.func.count(sa.distinct(col(Insight.place_id))).label("places"),
        sa.func.count(col(Insight.routed_to)).label("routed"),
        sa.func.count().filter(adopted).label("adopted"),
        sa.func.count().filter(refused).label("refused"),
    ]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
