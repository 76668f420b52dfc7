"""Places, their fences and readings, and fence proposals."""

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
    PlaceUpdate,
    ProposalDecision,
    ProposalOut,
    ProposalQuery,
    ReadingCreate,
    ReadingOut,
    SiteCode,
)
from service.ground.places import actions, proposals, queries, readings
from service.ground.places.tables import Place, PlaceReading
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/places", tags=["places"])
fence_proposals = APIRouter(prefix="/v1/fence-proposals", tags=["places"])
routers = (router, fence_proposals)
Reader = Annotated[Actor, Requires(Permission.PLACE_READ)]
Writer = Annotated[Actor, Requires(Permission.PLACE_WRITE)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "The same request was sent before; nothing changed."}}


@router.put("/{place_id}", status_code=201, response_model=PlaceOut, responses=REPEATED)
async def create_place(
    place_id: UUID, request: PlaceCreate, actor: Writer, session: WriteSession, app_state: AppState, response: Response
) -> Place:
    """Create a place. A fence is optional."""
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
    """Change the name and the division of a place."""
    row = await actions.change_place(session, actor, place_id, request, expected_version)
    set_etag(response, row.version)
    return row


@router.put("/{place_id}/fences/{fence_id}", status_code=201, responses=REPEATED)
async def set_fence(
    place_id: UUID,
    fence_id: UUID,
    request: FenceCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlaceDetails:
    """Set a fence: a circle or a polygon in any datum. It is stored in WGS 84."""
    is_new = await actions.set_fence(
        session, actor, place_id, fence_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return await queries.get_place_details(session, actor.asking(Permission.PLACE_READ), place_id)


@router.delete("/{place_id}/fences/{fence_id}", status_code=204)
async def retire_fence(place_id: UUID, fence_id: UUID, actor: Writer, session: WriteSession) -> None:
    """End a fence now. Visits that were checked against it keep their result."""
    await actions.retire_fence(session, actor, place_id, fence_id)


@router.get("/{place_id}/site-code")
async def read_site_code(
    place_id: UUID, actor: Writer, session: ReadSession, app_state: AppState, now: Now
) -> SiteCode:
    """Read the site code of the current ten minutes, to show it at the place.

    Only for the organisation responsible for the place.
    """
    return await queries.get_site_code(session, actor, app_state.keys, place_id, now)


@router.put("/{place_id}/readings/{reading_id}", status_code=201, response_model=ReadingOut, responses=REPEATED)
async def add_reading(
    place_id: UUID,
    reading_id: UUID,
    request: ReadingCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> PlaceReading:
    """Add a reading for visitors of the place. It is shown in the briefing before a visit."""
    row, is_new = await readings.add_reading(
        session, actor, place_id, reading_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return row


@router.delete("/{place_id}/readings/{reading_id}", status_code=204)
async def remove_reading(place_id: UUID, reading_id: UUID, actor: Writer, session: WriteSession) -> None:
    """Remove a reading."""
    await readings.remove_reading(session, actor, place_id, reading_id)


@router.get("", response_model=Page[PlaceOut], responses=GEOJSON_RESPONSE)
async def list_places(
    actor: Reader,
    query: Annotated[PlaceQuery, Query()],
    session: ReadSession,
    as_geojson: AsGeoJson,
) -> Page[PlaceOut] | GeoJson:
    """List places, newest first."""
    page = await queries.list_places(session, actor, query)
    items = [PlaceOut.model_validate(row) for row in page.rows]
    if as_geojson:
        points = await queries.get_points(session, [item.id for item in items])
        return GeoJson(place_features(items, points), page.next_cursor)
    return Page(items=items, next_cursor=page.next_cursor)


@router.get("/{place_id}", response_model=PlaceDetails, responses=GEOJSON_RESPONSE)
async def read_place(
    place_id: UUID, actor: Reader, session: ReadSession, as_geojson: AsGeoJson, response: Response
) -> PlaceDetails | GeoJson:
    """Read a place with the fences in force. As GeoJSON: one feature for each fence."""
    place = await queries.get_place_details(session, actor, place_id)
    set_etag(response, place.version)
    if as_geojson:
        properties = [(fence, fence.model_dump(mode="json", exclude={"area"})) for fence in place.fences]
        return GeoJson((str(fence.id), fence.area, values) for fence, values in properties)
    return place


@fence_proposals.get("")
async def list_fence_proposals(
    actor: Writer,
    query: Annotated[ProposalQuery, Query()],
    session: ReadSession,
) -> Page[ProposalOut]:
    """List the fence proposals for the places you are responsible for, newest first."""
    page = await proposals.list_proposals(session, actor, query)
    return Page(items=list(page.rows), next_cursor=page.next_cursor)


@fence_proposals.put("/{proposal_id}/decision")
async def decide_fence_proposal(
    proposal_id: UUID,
    request: ProposalDecision,
    actor: Writer,
    expected_version: IfMatch,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> ProposalOut:
    """Accept the proposal as a fence of the place, as it is or with another shape, or refuse it."""
    request_fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row = await proposals.decide_proposal(session, actor, proposal_id, request, expected_version, request_fingerprint)
    set_etag(response, row.version)
    await session.flush()
    return await proposals.get_proposal(session, proposal_id)
