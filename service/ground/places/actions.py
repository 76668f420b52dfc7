"""Create and change places; set and retire their fences."""

import asyncio
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.events.places import FencePayload
from schemas.ground.places import FenceCreate, FenceKind, PlaceCreate, PlaceKind, PlaceUpdate
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.rows import locked, require_version
from service.ground.places import rules
from service.ground.places.errors import (
    AreaTooLarge,
    AreaUnusable,
    FenceNotFound,
    GridWithoutCommunity,
    PlaceNotFound,
    label_area_fault,
)
from service.ground.places.tables import Fence, Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted

CHECK_AREA = sa.text(
    "SELECT ST_IsValidReason(ST_GeomFromText(:wkt, 4326)) AS reason,"
    " ST_Area(ST_GeogFromText('SRID=4326;' || :wkt)) / 1e6 AS area_km2"
)


async def create_place(
    session: AsyncSession, actor: Actor, place_id: UUID, request: PlaceCreate, request_fingerprint: bytes
) -> tuple[Place, bool]:
    """Create a place under an organisation within the actor's reach; return it and whether it is new.

    Raises: OrganisationNotFound, NotPermitted, GridWithoutCommunity, OrganisationIsClosed, ContentDiffers;
    CreditCodeTaken from the database constraint.
    """
    search_text = await _build_search_text(request.name)
    await scope.must_reach(session, actor, request.organisation_id)
    if request.parent_id or request.kind is PlaceKind.GRID:
        await _must_have_community_parent(session, actor, request)
    row = Place(
        id=place_id,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
        search_text=search_text,
        **request.model_dump(),
    )
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, request.organisation_id)
        await _record_event(session, actor, EventName.PLACE_CREATED, existing, existing)
    return existing, is_new


async def change_place(
    session: AsyncSession, actor: Actor, place_id: UUID, request: PlaceUpdate, expected_version: int
) -> Place:
    """Change the name and the division of a place; a repeated request changes nothing.

    Raises: PlaceNotFound, NotPermitted, VersionStale.
    """
    search_text = await _build_search_text(request.name)
    row = await load_writable_place(session, actor, place_id)
    if (row.name, row.division_code) == (request.name, request.division_code):
        return row
    require_version(row, expected_version)
    row.name, row.division_code = request.name, request.division_code
    row.search_text = search_text
    row.version += 1
    await _record_event(session, actor, EventName.PLACE_CHANGED, row, row)
    return row


async def _build_search_text(name: str) -> str:
    """Build the search text in a thread, because the first call loads a large dictionary.

    Call it before the first SQL statement, so that no lock is held meanwhile.
    """
    return await asyncio.to_thread(rules.build_search_text, name)


async def set_fence(
    session: AsyncSession,
    actor: Actor,
    place_id: UUID,
    fence_id: UUID,
    request: FenceCreate,
    request_fingerprint: bytes,
) -> bool:
    """Set a fence of a place; return whether it is new.

    Raises: PlaceNotFound, NotPermitted, AreaUnusable, AreaTooLarge, OutsideDatum, AxesSwapped, ContentDiffers.
    """
    place = await load_writable_place(session, actor, place_id)
    kind, radius_m, area = rules.parse_shape(request.shape)
    if kind is FenceKind.POLYGON:
        await _must_be_valid_polygon(session, str(area.data))
    row = Fence(
        id=fence_id,
        place_id=place_id,
        name=request.name,
        kind=kind,
        radius_m=radius_m,
        area=area,
        valid_from=actor.at,
        request_fingerprint=request_fingerprint,
    )
    existing, is_new = await create_once(session, row, "place_id")
    if is_new:
        await _record_event(session, actor, EventName.FENCE_SET, existing, place, FencePayload(place_id=place_id))
    return is_new


async def retire_fence(session: AsyncSession, actor: Actor, place_id: UUID, fence_id: UUID) -> None:
    """End a fence now. The row stays, because check-ins were checked against it.

    Raises: PlaceNotFound, NotPermitted, FenceNotFound.
    """
    place = await load_writable_place(session, actor, place_id)
    statement = select(Fence).where(Fence.id == fence_id, Fence.place_id == place_id)
    fence = await locked(session, statement, FenceNotFound(fence_id=str(fence_id)), key_share=True)
    if fence.valid_until is None:
        fence.valid_until = actor.at
        await _record_event(session, actor, EventName.FENCE_RETIRED, fence, place, FencePayload(place_id=place_id))


async def _must_have_community_parent(session: AsyncSession, actor: Actor, request: PlaceCreate) -> None:
    parent = await session.get(Place, request.parent_id) if request.parent_id else None
    is_community = parent and parent.kind in {PlaceKind.COMMUNITY, PlaceKind.VILLAGE}
    if request.kind is not PlaceKind.GRID or parent is None or not is_community:
        raise GridWithoutCommunity
    if not await scope.reaches(session, actor, parent.organisation_id):
        raise NotPermitted(permission=actor.permission)


async def load_writable_place(session: AsyncSession, actor: Actor, place_id: UUID) -> Place:
    """Load and lock a place that the actor may change.

    A place outside the actor's reach is 403, not 404: every user who is signed in may see all places.
    Raises: PlaceNotFound, NotPermitted.
    """

    async def check(place: Place) -> None:
        if not await scope.reaches(session, actor, place.organisation_id):
            raise NotPermitted(permission=actor.permission)

    statement = select(Place).where(Place.id == place_id)
    return await locked(session, statement, PlaceNotFound(place_id=str(place_id)), check=check, key_share=True)


async def _must_be_valid_polygon(session: AsyncSession, wkt: str) -> None:
    check = (await (await session.connection()).execute(CHECK_AREA, {"wkt": wkt})).one()
    if check.reason != "Valid Geometry":
        raise AreaUnusable(reason=label_area_fault(check.reason))
    if check.area_km2 > rules.MAX_AREA_KM2:
        raise AreaTooLarge(area_km2=round(check.area_km2), limit_km2=round(rules.MAX_AREA_KM2))


async def _record_event(
    session: AsyncSession,
    actor: Actor,
    name: EventName,
    subject: Place | Fence,
    place: Place,
    payload: Payload | None = None,
) -> None:
    await record(
        session,
        name,
        subject,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[place.organisation_id],
        payload=payload,
    )
