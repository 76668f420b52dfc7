"""Search places for the picker. A domain of its own, because it reads both places and contact points."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, literal, select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.picker import PlaceMatchOut, PlaceSearchQuery
from service.foundation.workdays import day_of
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.queries import distance_m
from service.ground.places.rules import normalise_search
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor

DISTANCE_STEP_M = 10
"""Distances are rounded to this many metres."""


async def search_places(session: AsyncSession, actor: Actor, request: PlaceSearchQuery) -> list[PlaceMatchOut]:
    """List the best matches: own contact points first, then by distance, then shorter names first.

    The point is used for this query only; it is not stored and not logged. The query scans all places within reach:
    about 200 in a county, 20,000 in a province (DESIGN §9).
    Raises: OutsideDatum, AxesSwapped.
    """
    metres: ColumnElement[Any] = distance_m(request.point) if request.point else literal(None)
    is_own = (
        select(literal(1))
        .where(
            col(ContactPoint.place_id) == col(Place.id),
            col(ContactPoint.leader_id) == actor.id,
            col(ContactPoint.ended_at).is_(None),
            col(ContactPoint.begins_on) <= day_of(actor.at),
        )
        .exists()
    )
    rounded = cast(func.round(metres / DISTANCE_STEP_M) * DISTANCE_STEP_M, Integer)
    columns = [column for column in Place.__table__.c if column.key != "search_text"]  # type: ignore[attr-defined]  # every table class has it
    statement = select(*columns, rounded.label("distance_m"), is_own.label("is_contact_point"))
    statement = statement.where(*_filters(actor, request))
    by_name = (func.length(col(Place.name)), col(Place.name), col(Place.id))
    ordered = statement.order_by(is_own.desc(), *_order_by_distance(request, metres), *by_name)
    rows = (await (await session.connection()).execute(ordered.limit(request.at_most))).all()
    return [PlaceMatchOut.model_validate(row) for row in rows]


def _filters(actor: Actor, request: PlaceSearchQuery) -> list[ColumnElement[bool]]:
    filters: list[ColumnElement[bool]] = [col(Place.organisation_id).in_(scope.reachable(actor))]
    if request.text:
        filters.append(col(Place.search_text).contains(normalise_search(request.text), autoescape=True))
    if request.kind:
        filters.append(col(Place.kind) == request.kind)
    if request.division_code:
        filters.append(col(Place.division_code).startswith(request.division_code, autoescape=True))
    return filters


def _order_by_distance(request: PlaceSearchQuery, metres: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [metres.asc().nulls_last()] if request.point else []
