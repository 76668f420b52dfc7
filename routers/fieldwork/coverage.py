"""Coverage of an area: places without contact as list and GeoJSON, counts by division, how visits spread."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from routers.deps import Paged, ReadSession
from routers.geojson import ALSO, AsGeoJson, GeoJson, located
from routers.guard import Requires
from schemas.fieldwork.coverage import ContactPointsCovered, DivisionsCovered, Months, PlaceWithoutContact, Spread
from schemas.foundation.common import Day, Page
from schemas.ground.places import PlaceKind
from schemas.identity.organisations import DivisionCode, Level
from service.fieldwork.coverage import contact_points, queries
from service.foundation.paging import decode_word, encode, encode_key
from service.ground.places.queries import points
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/coverage", tags=["coverage"])
Reader = Annotated[Actor, Requires(Permission.COVERAGE_READ)]


async def _area(
    division_code: Annotated[DivisionCode | None, Query()] = None, kind: Annotated[PlaceKind | None, Query()] = None
) -> queries.Area:
    return queries.Area(division_code, kind)


Within = Annotated[queries.Area, Depends(_area)]


@router.get("/places", response_model=Page[PlaceWithoutContact], responses=ALSO)
async def list_places_without_contact(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    area: Within,
    as_geojson: AsGeoJson,
    months: Annotated[Months, Query()] = 6,
) -> Page[PlaceWithoutContact] | GeoJson:
    """Places in your reach where no visit has ended for so many months, newest place first."""
    found = await queries.without_contact(session, actor, area, months, page)
    cursor = encode_key(found.last)
    if as_geojson:
        return GeoJson(located(found.rows, await points(session, [one.id for one in found.rows])), cursor)
    return Page(items=list(found.rows), next_cursor=cursor)


@router.get("/divisions")
async def read_coverage_by_division(
    actor: Reader,
    session: ReadSession,
    area: Within,
    months: Annotated[Months, Query()] = 6,
    level: Level = Level.TOWNSHIP,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> DivisionsCovered:
    """How many places of each division had contact, and how many had none, in the order of the codes."""
    items, last = await queries.by_division(
        session,
        actor,
        area,
        months=months,
        level=level,
        after_code=decode_word(cursor),
        limit=limit,
    )
    since = queries.since(actor, months)
    return DivisionsCovered(since=since, items=list(items), next_cursor=encode([last]) if last else None)


@router.get("/spread")
async def read_spread(
    actor: Reader,
    session: ReadSession,
    area: Within,
    from_on: Annotated[Day, Query()],
    until_on: Annotated[Day, Query()],
) -> Spread:
    """How concentrated visits are: how many places had none, one or two, and so on to more than ten."""
    return await queries.spread(session, actor, area, from_on, until_on)


@router.get("/contact-points")
async def read_contact_points_of_unit(
    organisation_id: UUID,
    actor: Reader,
    session: ReadSession,
    page: Paged,
    months: Annotated[Months, Query()] = 6,
) -> ContactPointsCovered:
    """The contact points kept for an organisation and for each one directly below it, as counts of the unit."""
    whole, below = await contact_points.of_unit(session, actor, organisation_id, months, page)
    return ContactPointsCovered(
        since=queries.since(actor, months),
        whole=whole,
        items=list(below.rows),
        next_cursor=encode_key(below.last),
    )
