"""The picker: places near me, by name, by pinyin, my contact points first. Here, because it knows contact points."""

from typing import Any

from sqlalchemy import ColumnElement, cast, func, literal, select
from sqlalchemy import Integer as Whole
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import PlaceFound, PlaceQuery
from service.foundation.workdays import day_of
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.queries import distance_m
from service.ground.places.rules import looked_for
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor

ROUNDED_TO_M = 10


async def places(session: AsyncSession, actor: Actor, request: PlaceQuery) -> list[PlaceFound]:
    """The places that fit best. The point is measured with and forgotten; it stands in no URL and no log.

    A county has some two hundred places, a province twenty thousand (DESIGN §9): they are looked through.
    Raises OutsideDatum, AxesSwapped.
    """
    away: ColumnElement[Any] = distance_m(request.point) if request.point else literal(None)
    mine = (
        select(literal(1))
        .where(
            col(ContactPoint.place_id) == col(Place.id),
            col(ContactPoint.leader_id) == actor.id,
            col(ContactPoint.ended_at).is_(None),
            col(ContactPoint.begins_on) <= day_of(actor.at),
        )
        .exists()
    )
    rounded = cast(func.round(away / ROUNDED_TO_M) * ROUNDED_TO_M, Whole)
    columns = [column for column in Place.__table__.c if column.key != "found_by"]  # type: ignore[attr-defined]  # every table class has it
    statement = select(*columns, rounded.label("distance_m"), mine.label("is_contact_point"))
    statement = statement.where(*_wanted(actor, request))
    shortest_first = (func.length(col(Place.name)), col(Place.name), col(Place.id))
    best_first = statement.order_by(mine.desc(), *_nearest(request, away), *shortest_first)
    rows = (await (await session.connection()).execute(best_first.limit(request.at_most))).all()
    return [PlaceFound.model_validate(row) for row in rows]


def _wanted(actor: Actor, request: PlaceQuery) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [col(Place.organisation_id).in_(scope.reachable(actor))]
    if request.text:
        wanted.append(col(Place.found_by).contains(looked_for(request.text), autoescape=True))
    if request.kind:
        wanted.append(col(Place.kind) == request.kind)
    if request.division_code:
        wanted.append(col(Place.division_code).startswith(request.division_code, autoescape=True))
    return wanted


def _nearest(request: PlaceQuery, away: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [away.asc().nulls_last()] if request.point else []
