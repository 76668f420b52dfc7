"""Hand over the places of a closed organisation to its successor."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.events.record import record
from service.ground.places.tables import Place
from service.identity.access.actor import Actor


async def hand_over_places(session: AsyncSession, closed_id: UUID, successor_id: UUID, actor: Actor) -> None:
    """Move every place of the closed organisation to its successor and emit an event for each."""
    statement = select(Place).where(Place.organisation_id == closed_id).order_by(col(Place.id)).with_for_update()
    for place in (await session.exec(statement)).all():
        place.organisation_id, place.version = successor_id, place.version + 1
        await record(
            session,
            EventName.PLACE_CHANGED,
            place,
            actor=actor.event_actor,
            occurred_at=actor.at,
            organisations=[closed_id, successor_id],
        )
