"""Coverage of an area: places without contact, counts by division, concentration of visits."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import ReadSession
from routers.geojson import GEOJSON_RESPONSE, AsGeoJson, GeoJson, place_features
from routers.guard import Requires
from schemas.fieldwork.coverage import (
    Concentration,
    ConcentrationQuery,
    ContactPointCoverage,
    ContactPointCoverageQuery,
    DivisionCoveragePage,
    DivisionCoverageQuery,
    PlaceWithoutContact,
    PlaceWithoutContactQuery,
)
from schemas.foundation.common import Page
from service.fieldwork.coverage import contact_points, queries
from service.ground.places.queries import get_points
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/coverage", tags=["coverage"])
Reader = Annotated[Actor, Requires(Permission.COVERAGE_READ)]


@router.get("/places", response_model=Page[PlaceWithoutContact], responses=GEOJSON_RESPONSE)
async def list_places_without_contact(
    actor: Reader,
    query: Annotated[PlaceWithoutContactQuery, Query()],
    session: ReadSession,
    as_geojson: AsGeoJson,
) -> Page[PlaceWithoutContact] | GeoJson:
    """List the places in your reach without an ended visit for `months` months, newest place first."""
    places = await queries.places_without_contact(session, actor, query)
    cursor = places.next_cursor
    if as_geojson:
        return GeoJson(
            place_features(places.rows, await get_points(session, [place.id for place in places.rows])), cursor
        )
    return Page(items=list(places.rows), next_cursor=cursor)


@router.get("/divisions")
async def read_coverage_by_division(
    actor: Reader,
    query: Annotated[DivisionCoverageQuery, Query()],
    session: ReadSession,
) -> DivisionCoveragePage:
    """Count the places with and without contact in each division, in the order of the codes."""
    divisions = await queries.coverage_by_division(session, actor, query)
    since = queries.contact_since(actor, query.months)
    return DivisionCoveragePage(since=since, items=list(divisions.rows), next_cursor=divisions.next_cursor)


@router.get("/concentration")
async def read_concentration(
    actor: Reader,
    query: Annotated[ConcentrationQuery, Query()],
    session: ReadSession,
) -> Concentration:
    """Count the places with no visit, with one or two visits, and so on up to more than ten."""
    return await queries.concentration(session, actor, query)


@router.get("/contact-points")
async def read_contact_points_of_unit(
    actor: Reader,
    query: Annotated[ContactPointCoverageQuery, Query()],
    session: ReadSession,
) -> ContactPointCoverage:
    """Count the contact points of an organisation and of each organisation directly below it."""
    unit, children = await contact_points.count_by_unit(session, actor, query)
    return ContactPointCoverage(
        since=queries.contact_since(actor, query.months),
        unit=unit,
        items=list(children.rows),
        next_cursor=children.next_cursor,
    )
