"""Readings of a place (行前材料): what visitors read before a visit."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.places import ReadingPayload
from schemas.ground.places import ReadingCreate
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.ground.places.actions import load_writable_place
from service.ground.places.errors import ReadingNotFound, TooManyReadings
from service.ground.places.tables import Place, PlaceReading
from service.identity.access.actor import Actor

MAX_READINGS = 20
"""More than this would not be read before a visit."""


async def list_readings(session: AsyncSession, place_id: UUID) -> Sequence[PlaceReading]:
    """List the current readings of a place, oldest first."""
    statement = select(PlaceReading).where(PlaceReading.place_id == place_id, col(PlaceReading.removed_at).is_(None))
    return (await session.exec(statement.order_by(col(PlaceReading.added_at), col(PlaceReading.id)))).all()


async def add_reading(
    session: AsyncSession,
    actor: Actor,
    place_id: UUID,
    reading_id: UUID,
    request: ReadingCreate,
    request_fingerprint: bytes,
) -> tuple[PlaceReading, bool]:
    """Add a reading to a place; return it and whether it is new.

    Raises: PlaceNotFound, NotPermitted, TooManyReadings, ContentDiffers.
    """
    place = await load_writable_place(session, actor, place_id)
    row = PlaceReading(
        id=reading_id,
        place_id=place_id,
        title=request.title,
        link=str(request.link),
        added_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    existing, is_new = await create_once(session, row, "place_id")
    if is_new:
        if len(await list_readings(session, place_id)) > MAX_READINGS:
            raise TooManyReadings(at_most=MAX_READINGS)
        await _record_event(session, actor, EventName.PLACE_READING_ADDED, existing, place)
    return existing, is_new


async def remove_reading(session: AsyncSession, actor: Actor, place_id: UUID, reading_id: UUID) -> None:
    """Remove a reading from a place; removing it again changes nothing.

    Raises: PlaceNotFound, NotPermitted, ReadingNotFound.
    """
    place = await load_writable_place(session, actor, place_id)
    reading = await session.get(PlaceReading, reading_id)
    if reading is None or reading.place_id != place_id:
        raise ReadingNotFound(reading_id=str(reading_id))
    if reading.removed_at is None:
        reading.removed_at = actor.at
        await _record_event(session, actor, EventName.PLACE_READING_REMOVED, reading, place)


async def _record_event(
    session: AsyncSession, actor: Actor, name: EventName, reading: PlaceReading, place: Place
) -> None:
    await record(
        session,
        name,
        reading,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[place.organisation_id],
        payload=ReadingPayload(place_id=place.id),
    )
