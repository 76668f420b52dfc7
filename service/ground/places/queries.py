"""Read places, their fences and their site codes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import func
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.geo import Point
from schemas.ground.places import FenceOut, PlaceDetails, PlaceOut, PlaceQuery, SiteCode
from service.foundation.crypto import Keys
from service.foundation.geo import to_wgs84
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.places import site_codes
from service.ground.places.errors import PlaceNotFound
from service.ground.places.tables import Fence, Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted


async def get_place_details(session: AsyncSession, actor: Actor, place_id: UUID) -> PlaceDetails:
    """Read a place with the fences that are in force now. Raises: PlaceNotFound."""
    statement = select(Place).where(Place.id == place_id, col(Place.organisation_id).in_(scope.reachable(actor)))
    place = (await session.exec(statement)).first()
    if place is None:
        raise PlaceNotFound(place_id=str(place_id))
    fences = await _fences(session, place_id)
    return PlaceDetails.model_validate({**PlaceOut.model_validate(place).model_dump(), "fences": fences})


async def _fences(session: AsyncSession, place_id: UUID) -> list[FenceOut]:
    area_ccw = func.ST_ForcePolygonCCW(
        sa.cast(Fence.area, Geometry)
    )  # RFC 7946 §3.1.6, whatever direction the polygon was entered in
    statement = (
        select(Fence, func.ST_AsGeoJSON(area_ccw))
        .where(Fence.place_id == place_id, col(Fence.valid_until).is_(None))
        .order_by(col(Fence.valid_from), col(Fence.id))
    )
    rows = (await session.exec(statement)).all()
    return [FenceOut.model_validate({**fence.model_dump(), "area": json.loads(area)}) for fence, area in rows]


async def must_be_responsible(session: AsyncSession, actor: Actor, place_id: UUID) -> None:
    """Require that the actor acts for the organisation responsible for the place.

    Raises: PlaceNotFound, NotPermitted.
    """
    place = await session.get(Place, place_id)
    if place is None:
        raise PlaceNotFound(place_id=str(place_id))
    if not await scope.reaches(session, actor, place.organisation_id):
        raise NotPermitted(permission=actor.permission)


async def get_points(session: AsyncSession, place_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Map each place id to a GeoJSON point (WGS 84) inside its oldest fence in force.

    A place without a fence has no entry.
    """
    point = sa.func.ST_AsGeoJSON(sa.func.ST_PointOnSurface(sa.cast(Fence.area, Geometry)), 6)
    statement = (
        sa.select(col(Fence.place_id), point)
        .ext(distinct_on(col(Fence.place_id)))
        .where(col(Fence.place_id).in_(place_ids), col(Fence.valid_until).is_(None))
        .order_by(col(Fence.place_id), col(Fence.valid_from), col(Fence.id))
    )
    rows = (await (await session.connection()).execute(statement)).all()
    return {place_id: json.loads(point) for place_id, point in rows}


def distance_m(point: Point) -> sa.ScalarSelect[float]:
    """Build the distance in metres from a point to the nearest fence of a place.

    It is 0 inside a fence and null for a place without a fence. Raises: OutsideDatum, AxesSwapped.
    """
    longitude_deg, latitude_deg = to_wgs84(point)
    origin = sa.func.ST_GeogFromText(f"SRID=4326;POINT({longitude_deg:.9f} {latitude_deg:.9f})")
    metres = sa.func.ST_Distance(Fence.area, origin) - sa.func.coalesce(col(Fence.radius_m), 0)
    return (
        sa.select(sa.func.min(sa.func.greatest(metres, 0)))
        .where(col(Fence.place_id) == col(Place.id), col(Fence.valid_until).is_(None))
        .scalar_subquery()
    )


async def list_places(
    session: AsyncSession,
    actor: Actor,
    query: PlaceQuery,
) -> Slice[Place]:
    """List the places within the actor's reach, newest first.

    `division_code` selects the places of that division and of the divisions below it.
    """
    statement = select(Place).where(col(Place.organisation_id).in_(scope.reachable(actor)))
    statement = filter_equal(statement, Place, query, "kind", "organisation_id")
    if query.division_code:
        statement = statement.where(col(Place.division_code).startswith(query.division_code))
    return await page_newest_first(session, statement, col(Place.created_at), col(Place.id), query)


async def get_site_code(session: AsyncSession, actor: Actor, keys: Keys, place_id: UUID, now: datetime) -> SiteCode:
    """Compute the site code of the current ten minutes, for the organisation responsible for the place.

    Raises: PlaceNotFound, NotPermitted.
    """
    await must_be_responsible(session, actor, place_id)
    return SiteCode(code=site_codes.compute_code(keys, place_id, now), valid_until=site_codes.window_end(now))
