"""Creating and changing places, setting and retiring their fences."""

import asyncio
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.events.places import FenceMoved
from schemas.ground.places import FenceCreate, FenceKind, PlaceCreate, PlaceKind, PlaceUpdate
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.ground.places import rules
from service.ground.places.errors import AreaTooLarge, AreaUnusable, FenceNotFound, GridWithoutCommunity, PlaceNotFound
from service.ground.places.tables import Fence, Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted

VALID = sa.text(
    "SELECT ST_IsValidReason(ST_GeomFromText(:wkt, 4326)) AS reason,"
    " ST_Area(ST_GeogFromText('SRID=4326;' || :wkt)) / 1e6 AS area_km2"
)


async def create_place(
    session: AsyncSession, actor: Actor, place_id: UUID, request: PlaceCreate, request_fingerprint: bytes
) -> tuple[Place, bool]:
    """Create under an organisation in reach.

    Raises OrganisationNotFound, NotPermitted, GridWithoutCommunity, ContentDiffers; the database CreditCodeTaken.
    """
    found_by = await _found_by(request.name)
    await scope.must_reach(session, actor, request.organisation_id)
    if request.parent_id or request.kind is PlaceKind.GRID:
        await _must_lie_in_community(session, actor, request)
    row = Place(
        id=place_id,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
        found_by=found_by,
        **request.model_dump(),
    )
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, request.organisation_id)
        await _record_event(session, actor, EventName.PLACE_CREATED, existing, existing)
    return existing, is_new


async def change_place(
    session: AsyncSession, actor: Actor, place_id: UUID, request: PlaceUpdate, based_on: int
) -> Place:
    """Change name or division. Raises PlaceNotFound, NotPermitted, VersionStale."""
    found_by = await _found_by(request.name)
    row = await changeable(session, actor, place_id)
    if (row.name, row.division_code) == (request.name, request.division_code):
        return row
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    row.name, row.division_code = request.name, request.division_code
    row.found_by = found_by
    row.version += 1
    await _record_event(session, actor, EventName.PLACE_CHANGED, row, row)
    return row


async def _found_by(name: str) -> str:
    """Before the first statement and in a thread: the first call loads a dictionary, other requests go on meanwhile."""
    return await asyncio.to_thread(rules.found_by, name)


async def set_fence(
    session: AsyncSession,
    actor: Actor,
    place_id: UUID,
    fence_id: UUID,
    request: FenceCreate,
    request_fingerprint: bytes,
) -> bool:
    """Set a fence and say whether it is new. Raises PlaceNotFound, NotPermitted, AreaUnusable, AreaTooLarge."""
    place = await changeable(session, actor, place_id)
    kind, radius_m, area = rules.area(request.shape)
    if kind is FenceKind.POLYGON:
        await _must_be_usable(session, str(area.data))
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
        await _record_event(session, actor, EventName.FENCE_SET, existing, place, FenceMoved(place_id=place_id))
    return is_new


async def retire_fence(session: AsyncSession, actor: Actor, place_id: UUID, fence_id: UUID) -> None:
    """End a fence; it stays on record, since visits were judged by it. Raises PlaceNotFound, FenceNotFound."""
    place = await changeable(session, actor, place_id)
    statement = select(Fence).where(Fence.id == fence_id, Fence.place_id == place_id)
    fence = (await session.exec(statement.with_for_update(key_share=True))).first()
    if fence is None:
        raise FenceNotFound(fence_id=str(fence_id))
    if fence.valid_until is None:
        fence.valid_until = actor.at
        await _record_event(session, actor, EventName.FENCE_RETIRED, fence, place, FenceMoved(place_id=place_id))


async def _must_lie_in_community(session: AsyncSession, actor: Actor, request: PlaceCreate) -> None:
    parent = await session.get(Place, request.parent_id) if request.parent_id else None
    holds = parent and parent.kind in {PlaceKind.COMMUNITY, PlaceKind.VILLAGE}
    if request.kind is not PlaceKind.GRID or parent is None or not holds:
        raise GridWithoutCommunity
    if not await scope.reaches(session, actor, parent.organisation_id):
        raise NotPermitted(permission=actor.permission.value)


async def changeable(session: AsyncSession, actor: Actor, place_id: UUID) -> Place:
    """The place, locked. Everybody signed in may see places, so one out of reach is not permitted.

    Raises PlaceNotFound, NotPermitted.
    """
    place = (await session.exec(select(Place).where(Place.id == place_id).with_for_update(key_share=True))).first()
    if place is None:
        raise PlaceNotFound(place_id=str(place_id))
    if not await scope.reaches(session, actor, place.organisation_id):
        raise NotPermitted(permission=actor.permission.value)
    return place


async def _must_be_usable(session: AsyncSession, wkt: str) -> None:
    found = (await (await session.connection()).execute(VALID, {"wkt": wkt})).one()
    if found.reason != "Valid Geometry":
        raise AreaUnusable(reason=found.reason)
    if found.area_km2 > rules.MAX_AREA_KM2:
        raise AreaTooLarge(area_km2=round(found.area_km2), limit_km2=round(rules.MAX_AREA_KM2))


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
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[place.organisation_id],
        payload=payload,
    )
