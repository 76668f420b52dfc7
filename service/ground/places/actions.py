"""Creating and changing places, setting and retiring their fences."""

import asyncio
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.base import Payload
from schemas.events.places import FenceMoved
from schemas.ground.places import FenceAsked, FenceKind, PlaceAsked, PlaceChanged, PlaceKind
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
    session: AsyncSession, actor: Actor, place_id: UUID, asked: PlaceAsked, sameness: bytes
) -> tuple[Place, bool]:
    """Create under an organisation in reach.

    Raises OrganisationNotFound, NotPermitted, GridWithoutCommunity, ContentDiffers; the database CreditCodeTaken.
    """
    found_by = await _found_by(asked.name)
    await scope.must_reach(session, actor, asked.organisation_id)
    if asked.parent_id or asked.kind is PlaceKind.GRID:
        await _must_lie_in_community(session, actor, asked)
    row = Place(id=place_id, created_at=actor.at, sameness=sameness, found_by=found_by, **asked.model_dump())
    kept, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await scope.must_be_open(session, asked.organisation_id)
        await _tell(session, actor, EventName.PLACE_CREATED, kept, kept)
    return kept, is_new


async def change_place(
    session: AsyncSession, actor: Actor, place_id: UUID, asked: PlaceChanged, based_on: int
) -> Place:
    """Change name or division. Raises PlaceNotFound, NotPermitted, VersionStale."""
    found_by = await _found_by(asked.name)
    kept = await changeable(session, actor, place_id)
    if (kept.name, kept.division_code) == (asked.name, asked.division_code):
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    kept.name, kept.division_code = asked.name, asked.division_code
    kept.found_by = found_by
    kept.version += 1
    await _tell(session, actor, EventName.PLACE_CHANGED, kept, kept)
    return kept


async def _found_by(name: str) -> str:
    """Before the first statement and in a thread: the first call loads a dictionary, other requests go on meanwhile."""
    return await asyncio.to_thread(rules.found_by, name)


async def set_fence(
    session: AsyncSession, actor: Actor, place_id: UUID, fence_id: UUID, asked: FenceAsked, sameness: bytes
) -> bool:
    """Set a fence and say whether it is new. Raises PlaceNotFound, NotPermitted, AreaUnusable, AreaTooLarge."""
    place = await changeable(session, actor, place_id)
    kind, radius_m, area = rules.area(asked.shape)
    if kind is FenceKind.POLYGON:
        await _must_be_usable(session, str(area.data))
    row = Fence(
        id=fence_id,
        place_id=place_id,
        name=asked.name,
        kind=kind,
        radius_m=radius_m,
        area=area,
        valid_from=actor.at,
        sameness=sameness,
    )
    kept, is_new = await create_once(session, row, "place_id")
    if is_new:
        await _tell(session, actor, EventName.FENCE_SET, kept, place, FenceMoved(place_id=place_id))
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
        await _tell(session, actor, EventName.FENCE_RETIRED, fence, place, FenceMoved(place_id=place_id))


async def _must_lie_in_community(session: AsyncSession, actor: Actor, asked: PlaceAsked) -> None:
    parent = await session.get(Place, asked.parent_id) if asked.parent_id else None
    holds = parent and parent.kind in {PlaceKind.COMMUNITY, PlaceKind.VILLAGE}
    if asked.kind is not PlaceKind.GRID or parent is None or not holds:
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


async def _tell(
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
