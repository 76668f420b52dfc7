"""Places and their fences."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, IfMatch, Now, ReadSession, WriteSession, set_created, set_etag
from routers.geojson import GEOJSON_RESPONSE, AsGeoJson, GeoJson, place_features
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.ground.places import (
    FenceCreate,
    PlaceCreate,
    PlaceDetails,
    PlaceOut,
    PlaceQuery,
    PlaceSearchQuery,
    PlacesFound,
    PlaceUpdate,
    ProposalDecision,
    ProposalOut,
    ProposalQuery,
    ReadingCreate,
    ReadingOut,
    SiteCode,
)
from service.ground.picker import queries as finding
from service.ground.places import actions, proposals, queries, readings
from service.ground.places.tables import Place, PlaceReading
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/places", tags=["places"])
proposal_list = APIRouter(prefix="/v1/fence-proposals", tags=["places"])
routers = (router, proposal_list)
Reader = Annotated[Actor, Requires(Permission.PLACE_READ)]
Writer = Annotated[Actor, Requires(Permission.PLACE_WRITE)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{place_id}", status_code=201, response_model=PlaceOut, responses=AGAIN)
async def create_place(
    place_id: UUID, request: PlaceCreate, actor: Writer, session: WriteSession, app_state: AppState, response: Response
) -> Place:
    """Create a place. Without a fence it is a normal place."""
    row, is_new = await actions.create_place(
        session, actor, place_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    set_created(response, is_new, row.version)
    return row


@router.put("/{place_id}/description", response_model=PlaceOut)
async def change_place(
    place_id: UUID,
    request: PlaceUpdate,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> Place:
    """Change name or division."""
    row = await actions.change_place(session, actor, place_id, request, expected_version)
    set_etag(response, row.version)
    return row


@router.put("/{place_id}/fences/{fence_id}", status_code=201, responses=AGAIN)
async def set_fence(
    place_id: UUID,
    fence_id: UUID,
    request: FenceCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlaceDetails:
    """Set a fence, a circle or a polygon in any datum; kept in WGS 84."""
    is_new = await actions.set_fence(
        session, actor, place_id, fence_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return await queries.details(session, actor.asking(Permission.PLACE_READ), place_id)


@router.delete("/{place_id}/fences/{fence_id}", status_code=204)
async def retire_fence(place_id: UUID, fence_id: UUID, actor: Writer, session: WriteSession) -> None:
    """End a fence from now on; visits judged by it keep their verdict."""
    await actions.retire_fence(session, actor, place_id, fence_id)


@router.get("/{place_id}/site-code")
async def read_site_code(
    place_id: UUID, actor: Writer, session: ReadSession, app_state: AppState, now: Now
) -> SiteCode:
    """The code of these ten minutes, to be shown at the place; for the organisation responsible."""
    return await queries.site_code(session, actor, app_state.keys, place_id, now)


@router.put("/{place_id}/readings/{reading_id}", status_code=201, response_model=ReadingOut, responses=AGAIN)
async def add_reading(
    place_id: UUID,
    reading_id: UUID,
    request: ReadingCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlaceReading:
    """Put up something to read before going there; it stands in the briefing."""
    row, is_new = await readings.add(
        session, actor, place_id, reading_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return row


@router.delete("/{place_id}/readings/{reading_id}", status_code=204)
async def remove_reading(place_id: UUID, reading_id: UUID, actor: Writer, session: WriteSession) -> None:
    """Take down what no longer needs to be read."""
    await readings.remove(session, actor, place_id, reading_id)


@router.post("/searches")
async def search_places(request: PlaceSearchQuery, actor: Reader, session: ReadSession) -> PlacesFound:
    """For the picker: places near a point, by name or pinyin; your own contact points first. Nothing is kept."""
    return PlacesFound(items=await finding.places(session, actor, request))


@router.get("", response_model=Page[PlaceOut], responses=GEOJSON_RESPONSE)
async def list_places(
    actor: Reader,
    query: Annotated[PlaceQuery, Query()],
    session: ReadSession,
    as_geojson: AsGeoJson,
) -> Page[PlaceOut] | GeoJson:
    """Places, newest first."""
    found = await queries.page(session, actor, query)
    items = [PlaceOut.model_validate(row) for row in found.rows]
    if as_geojson:
        at = await queries.points(session, [item.id for item in items])
        return GeoJson(place_features(items, at), found.next_cursor)
    return Page(items=items, next_cursor=found.next_cursor)


@router.get("/{place_id}", response_model=PlaceDetails, responses=GEOJSON_RESPONSE)
async def read_place(
    place_id: UUID, actor: Reader, session: ReadSession, as_geojson: AsGeoJson, response: Response
) -> PlaceDetails | GeoJson:
    """One place with the fences in force; as GeoJSON, a feature for each fence."""
    place = await queries.details(session, actor, place_id)
    set_etag(response, place.version)
    if as_geojson:
        told = [(fence, fence.model_dump(mode="json", exclude={"area"})) for fence in place.fences]
        return GeoJson((str(fence.id), fence.area, properties) for fence, properties in told)
    return place


@proposal_list.get("")
async def list_fence_proposals(
    actor: Writer,
    query: Annotated[ProposalQuery, Query()],
    session: ReadSession,
) -> Page[ProposalOut]:
    """Circles that check-ins agree on, for the places you are responsible for, newest first."""
    found = await proposals.page(session, actor, query)
    return Page(items=list(found.rows), next_cursor=found.next_cursor)


@proposal_list.put("/{proposal_id}/decision")
async def decide_fence_proposal(
    proposal_id: UUID,
    request: ProposalDecision,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ProposalOut:
    """Make it a fence of the place, as proposed or with another shape, or refuse it."""
    same = app_state.keys.fingerprint(canonical_fields(request))
    row = await proposals.decide(session, actor, proposal_id, request, expected_version, same)
    set_etag(response, row.version)
    await session.flush()
    return await proposals.one(session, proposal_id)
