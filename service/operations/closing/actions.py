"""Closing an organisation: nothing is deleted, what hung on it has gone elsewhere, its places go to its successor."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationClosed
from schemas.identity.organisations import OrganisationClose
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.organisations.moves import in_reach
from service.identity.tree.errors import OrganisationIsClosed, RootStays
from service.identity.tree.shape_lock import lock_tree_exclusively
from service.identity.tree.tables import Organisation
from service.operations.closing import queries
from service.operations.closing.errors import StillHanging, SuccessorDoesNotFit
from service.solving.problems import accusations

HANDED_OVER = "place.organisation_id"


async def close_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, request: OrganisationClose, based_on: int
) -> Organisation:
    """Close an organisation on which nothing open hangs; with a successor, its places go there.

    Raises OrganisationNotFound, NotPermitted, RootStays, OrganisationIsClosed, VersionStale, SuccessorDoesNotFit,
    StillHanging.
    """
    await lock_tree_exclusively(session)
    row = await in_reach(session, actor, organisation_id)
    if row.parent_id is None:
        raise RootStays
    if row.valid_until is not None:
        if row.successor_id == request.successor_id:
            return row
        raise OrganisationIsClosed(organisation_id=str(row.id))
    await in_reach(session, actor, row.parent_id)
    if row.version != based_on:
        raise VersionStale(current_version=row.version)
    if request.successor_id:
        await _hand_over_places(session, actor, row, request.successor_id)
    hanging = await queries.hanging(session, row.id, actor.at)
    if hanging:
        raise StillHanging(hanging=", ".join(f"{word} × {number}" for word, number in hanging.items()))
    if request.successor_id:
        await accusations.take_over(session, row.id, request.successor_id)
    row.valid_until, row.successor_id, row.version = actor.at, request.successor_id, row.version + 1
    await record(
        session,
        EventName.ORGANISATION_CLOSED,
        row,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[row.id, row.parent_id, *([request.successor_id] if request.successor_id else [])],
        payload=OrganisationClosed(successor_id=request.successor_id),
    )
    await log_access(session, EventName.ORGANISATION_CLOSED.value, actor_id=actor.id, subject_id=row.id)
    return row


async def hanging(session: AsyncSession, actor: Actor, organisation_id: UUID) -> dict[str, int]:
    """What keeps the organisation open. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, organisation_id)
    return await queries.hanging(session, organisation_id, actor.at)


async def _hand_over_places(session: AsyncSession, actor: Actor, row: Organisation, successor_id: UUID) -> None:
    """Raises OrganisationNotFound, NotPermitted, OrganisationIsClosed, SuccessorDoesNotFit."""
    successor = await in_reach(session, actor, successor_id)
    if successor.id == row.id or (successor.family, successor.kind) != (row.family, row.kind):
        raise SuccessorDoesNotFit
    if successor.valid_until is not None:
        raise OrganisationIsClosed(organisation_id=str(successor.id))
    places = select(Place).where(Place.organisation_id == row.id).order_by(col(Place.id)).with_for_update()
    for place in (await session.exec(places)).all():
        place.organisation_id, place.version = successor.id, place.version + 1
        await record(
            session,
            EventName.PLACE_CHANGED,
            place,
            actor_id=actor.id,
            occurred_at=actor.at,
            organisations=[row.id, successor.id],
        )
