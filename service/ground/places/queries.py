"""Reading places and their fences."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.geo import Point
from schemas.ground.places import FenceOut, PlaceDetails, PlaceKind, PlaceOut
from service.foundation.geo import to_wgs84
from service.foundation.paging import PageQuery, Slice, newest_first
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Fence, Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted


async def details(session: AsyncSession, actor: Actor, place_id: UUID) -> PlaceDetails:
    """A place with the fences in force. Raises PlaceNotFound."""
    statement = select(Place).where(Place.id == place_id, col(Place.organisation_id).in_(scope.reachable(actor)))
    place = (await session.exec(statement)).first()
    if place is None:
        raise PlaceNotFound(place_id=str(place_id))
    fences = await _fences(session, place_id)
    return PlaceDetails.model_validate({**PlaceOut.model_validate(place).model_dump(), "fences": fences})


async def _fences(session: AsyncSession, place_id: UUID) -> list[FenceOut]:
    area_ccw = func.ST_ForcePolygonCCW(sa.cast(Fence.area, Geometry))  # RFC 7946 §3.1.6, whichever way it was drawn
    statement = (
        select(Fence, func.ST_AsGeoJSON(area_ccw))
        .where(Fence.place_id == place_id, col(Fence.valid_until).is_(None))
        .order_by(col(Fence.valid_from), col(Fence.id))
    )
    rows = (await session.exec(statement)).all()
    return [FenceOut.model_validate({**fence.model_dump(), "area": json.loads(area)}) for fence, area in rows]


async def must_be_ours(session: AsyncSession, actor: Actor, place_id: UUID) -> None:
    """For what only the organisation responsible for the place may. Raises PlaceNotFound, NotPermitted."""
    place = await session.get(Place, place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(place_id))
    if not await scope.reaches(session, actor, place.organisation_id):
        raise NotPermitted(permission=actor.permission.value)


async def points(session: AsyncSession, place_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """place id → a point inside its oldest fence in force, as GeoJSON in WGS 84; nothing for a place without one."""
    inside = sa.func.ST_AsGeoJSON(sa.func.ST_PointOnSurface(sa.cast(Fence.area, Geometry)), 6)
    statement = (
        sa.select(col(Fence.place_id), inside)
        .ext(distinct_on(col(Fence.place_id)))
        .where(col(Fence.place_id).in_(place_ids), col(Fence.valid_until).is_(None))
        .order_by(col(Fence.place_id), col(Fence.valid_from), col(Fence.id))
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return {place_id: json.loads(point) for place_id, point in rows}


def distance_m(point: Point) -> sa.ScalarSelect[float]:
    """Metres from a point to the nearest fence of a place, 0 inside; null for a place without one.

    Raises OutsideDatum, AxesSwapped.
    """
    longitude_deg, latitude_deg = to_wgs84(point)
    here = sa.func.ST_GeogFromText(f"SRID=4326;POINT({longitude_deg:.9f} {latitude_deg:.9f})")
    metres = sa.func.ST_Distance(Fence.area, here) - sa.func.coalesce(col(Fence.radius_m), 0)
    return (
        sa.select(sa.func.min(sa.func.greatest(metres, 0)))
        .where(col(Fence.place_id) == col(Place.id), col(Fence.valid_until).is_(None))
        .scalar_subquery()
    )


async def page(
    session: AsyncSession,
    actor: Actor,
    page_query: PageQuery,
    *,
    kind: PlaceKind | None,
    organisation_id: UUID | None,
    division_code: str | None,
) -> Slice[Place]:
    """Places in reach, newest first; `division_code` takes all places of that division and below."""
    statement = select(Place).where(col(Place.organisation_id).in_(scope.reachable(actor)))
    if kind:
        statement = statement.where(Place.kind == kind)
    if organisation_id:
        statement = statement.where(Place.organisation_id == organisation_id)
    if division_code:
        statement = statement.where(col(Place.division_code).startswith(division_code))
    return await newest_first(session, statement, col(Place.created_at), col(Place.id), page_query)
