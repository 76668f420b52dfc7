"""Coverage of an area: places without contact as list and GeoJSON, counts by division, how visits spread."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import ReadSession
from routers.geojson import ALSO, AsGeoJson, GeoJson, located
from routers.guard import Requires
from schemas.fieldwork.coverage import (
    ContactPointCoverageQuery,
    ContactPointsCovered,
    DivisionCoverageQuery,
    DivisionsCovered,
    PlaceWithoutContact,
    PlaceWithoutContactQuery,
    Spread,
    SpreadQuery,
)
from schemas.foundation.common import Page
from service.fieldwork.coverage import contact_points, queries
from service.ground.places.queries import get_points
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/coverage", tags=["coverage"])
Reader = Annotated[Actor, Requires(Permission.COVERAGE_READ)]


@router.get("/places", response_model=Page[PlaceWithoutContact], responses=ALSO)
async def list_places_without_contact(
    actor: Reader,
    query: Annotated[PlaceWithoutContactQuery, Query()],
    session: ReadSession,
    as_geojson: AsGeoJson,
) -> Page[PlaceWithoutContact] | GeoJson:
    """Places in your reach where no visit has ended for so many months, newest place first."""
    found = await queries.without_contact(session, actor, query)
    cursor = found.next_cursor
    if as_geojson:
        return GeoJson(located(found.rows, await get_points(session, [one.id for one in found.rows])), cursor)
    return Page(items=list(found.rows), next_cursor=cursor)


@router.get("/divisions")
async def read_coverage_by_division(
    actor: Reader,
    query: Annotated[DivisionCoverageQuery, Query()],
    session: ReadSession,
) -> DivisionsCovered:
    """How many places of each division had contact, and how many had none, in the order of the codes."""
    found = await queries.by_division(session, actor, query)
    since = queries.since(actor, query.months)
    return DivisionsCovered(since=since, items=list(found.rows), next_cursor=found.next_cursor)


@router.get("/spread")
async def read_spread(
    actor: Reader,
    query: Annotated[SpreadQuery, Query()],
    session: ReadSession,
) -> Spread:
    """How concentrated visits are: how many places had none, one or two, and so on to more than ten."""
    return await queries.spread(session, actor, query)


@router.get("/contact-points")
async def read_contact_points_of_unit(
    actor: Reader,
    query: Annotated[ContactPointCoverageQuery, Query()],
    session: ReadSession,
) -> ContactPointsCovered:
    """The contact points kept for an organisation and for each one directly below it, as counts of the unit."""
    whole, below = await contact_points.of_unit(session, actor, query)
    return ContactPointsCovered(
        since=queries.since(actor, query.months),
        whole=whole,
        items=list(below.rows),
        next_cursor=below.next_cursor,
    )
