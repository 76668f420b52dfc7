"""Closing an organisation: nothing is deleted, what hung on it has gone elsewhere, its places go to its successor."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationClosed
from schemas.identity.organisations import ClosureAsked
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.organisations.moves import in_reach
from service.identity.tree.errors import OrganisationIsClosed, RootStays
from service.identity.tree.shape_lock import change_shape
from service.identity.tree.tables import Organisation
from service.operations.closing import queries
from service.operations.closing.errors import StillHanging, SuccessorDoesNotFit
from service.solving.problems import accusations

HANDED_OVER = "place.organisation_id"


async def close_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, asked: ClosureAsked, based_on: int
) -> Organisation:
    """Close an organisation on which nothing open hangs; with a successor, its places go there.

    Raises OrganisationNotFound, NotPermitted, RootStays, OrganisationIsClosed, VersionStale, SuccessorDoesNotFit,
    StillHanging.
    """
    await change_shape(session)
    kept = await in_reach(session, actor, organisation_id)
    if kept.parent_id is None:
        raise RootStays
    if kept.valid_until is not None:
        if kept.successor_id == asked.successor_id:
            return kept
        raise OrganisationIsClosed(organisation_id=str(kept.id))
    await in_reach(session, actor, kept.parent_id)
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    if asked.successor_id:
        await _hand_over_places(session, actor, kept, asked.successor_id)
    hanging = await queries.hanging(session, kept.id, actor.at)
    if hanging:
        raise StillHanging(hanging=", ".join(f"{word} × {number}" for word, number in hanging.items()))
    if asked.successor_id:
        await accusations.take_over(session, kept.id, asked.successor_id)
    kept.valid_until, kept.successor_id, kept.version = actor.at, asked.successor_id, kept.version + 1
    await record(
        session,
        EventName.ORGANISATION_CLOSED,
        kept,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[kept.id, kept.parent_id, *([asked.successor_id] if asked.successor_id else [])],
        payload=OrganisationClosed(successor_id=asked.successor_id),
    )
    await log_access(session, EventName.ORGANISATION_CLOSED.value, actor_id=actor.id, subject_id=kept.id)
    return kept


async def hanging(session: AsyncSession, actor: Actor, organisation_id: UUID) -> dict[str, int]:
    """What keeps the organisation open. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, organisation_id)
    return await queries.hanging(session, organisation_id, actor.at)


async def _hand_over_places(session: AsyncSession, actor: Actor, kept: Organisation, successor_id: UUID) -> None:
    """Raises OrganisationNotFound, NotPermitted, OrganisationIsClosed, SuccessorDoesNotFit."""
    successor = await in_reach(session, actor, successor_id)
    if successor.id == kept.id or (successor.family, successor.kind) != (kept.family, kept.kind):
        raise SuccessorDoesNotFit
    if successor.valid_until is not None:
        raise OrganisationIsClosed(organisation_id=str(successor.id))
    places = select(Place).where(Place.organisation_id == kept.id).order_by(col(Place.id)).with_for_update()
    for place in (await session.exec(places)).all():
        place.organisation_id, place.version = successor.id, place.version + 1
        await record(
            session,
            EventName.PLACE_CHANGED,
            place,
            actor_id=actor.id,
            occurred_at=actor.at,
            organisations=[kept.id, successor.id],
        )
