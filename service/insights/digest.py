"""The digest for decision makers: topics and areas in numbers of five and more, and what was done about them."""

from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.insights import Digest, DigestLine
from service.access import scope
from service.access.actor import Actor
from service.core.workdays import BEIJING
from service.insights.errors import SpanTooLong
from service.insights.tables import Insight
from service.places.tables import Place

AT_LEAST = 5
"""Fewer could be recognised (DESIGN §2.6)."""
LONGEST_SPAN_DAYS = 366
TOWNSHIP_DIGITS = 9


async def digest(
    session: AsyncSession, actor: Actor, from_on: date, until_on: date, division_code: str | None
) -> Digest:
    """What was heard from one day to another, both included, by the organisations in reach.

    What fewer than five different persons wrote down about one topic and area is only counted as withheld.
    Raises NotPermitted without a posting that holds the right, SpanTooLong.
    """
    await scope.must_be_posted(session, actor)
    if not 0 <= (until_on - from_on).days <= LONGEST_SPAN_DAYS:
        raise SpanTooLong(limit_days=LONGEST_SPAN_DAYS)
    connection = await session.connection()
    rows = (await connection.execute(_grouped(actor, from_on, until_on, division_code))).all()
    shown = [DigestLine.model_validate(row) for row in rows if row.persons >= AT_LEAST]
    withheld = sum(row.heard for row in rows if row.persons < AT_LEAST)
    return Digest(from_on=from_on, until_on=until_on, lines=shown, withheld=withheld)


def _grouped(actor: Actor, from_on: date, until_on: date, division_code: str | None) -> sa.Select[*tuple[Any, ...]]:
    area = sa.func.left(col(Place.division_code), TOWNSHIP_DIGITS).label("division_code")
    kinds = (col(Insight.category_code), area, col(Insight.kind))
    adopted, refused = col(Insight.is_adopted).is_(True), col(Insight.is_adopted).is_(False)
    statement = (
        sa.select(
            *kinds,
            sa.func.count().label("heard"),
            sa.func.count(sa.distinct(col(Insight.raised_by))).label("persons"),
            sa.func.count(sa.distinct(col(Insight.place_id))).label("places"),
            sa.func.count(col(Insight.routed_to)).label("routed"),
            sa.func.count().filter(adopted).label("adopted"),
            sa.func.count().filter(refused).label("refused"),
        )
        .join(Place, col(Place.id) == col(Insight.place_id))
        .where(
            col(Insight.organisation_id).in_(scope.reachable(actor)),
            col(Insight.raised_at) >= _midnight(from_on),
            col(Insight.raised_at) < _midnight(until_on + timedelta(days=1)),
            col(Place.division_code).is_not(None),
        )
        .group_by(*kinds)
        .order_by(*kinds)
    )
    return statement.where(area.startswith(division_code)) if division_code else statement


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
