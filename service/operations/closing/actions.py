"""Close an organisation. Nothing is deleted; open references prevent it; a successor takes over."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationClosed
from schemas.identity.organisations import OrganisationClose
from service.foundation.events.record import record
from service.foundation.manifest.manifest import Domains
from service.foundation.rows import require_version
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.organisations.moves import lock_organisation_in_reach
from service.identity.tree.errors import OrganisationIsClosed, RootStays
from service.identity.tree.locks import lock_tree_exclusively
from service.identity.tree.tables import Organisation
from service.operations.closing import queries
from service.operations.closing.errors import OrganisationHasOpenReferences, SuccessorDoesNotFit


async def close_organisation(
    session: AsyncSession,
    actor: Actor,
    domains: Domains,
    organisation_id: UUID,
    request: OrganisationClose,
    expected_version: int,
) -> Organisation:
    """Close an organisation that has no open references, after the handover to its successor, if any.

    Raises OrganisationNotFound, NotPermitted, RootStays, OrganisationIsClosed, VersionStale, SuccessorDoesNotFit,
    OrganisationHasOpenReferences.
    """
    await lock_tree_exclusively(session)
    row = await lock_organisation_in_reach(session, actor, organisation_id)
    if row.parent_id is None:
        raise RootStays
    if row.valid_until is not None:
        if row.successor_id == request.successor_id:
            return row
        raise OrganisationIsClosed(organisation_id=str(row.id))
    await lock_organisation_in_reach(session, actor, row.parent_id)
    require_version(row, expected_version)
    if request.successor_id:
        successor = await _load_successor(session, actor, row, request.successor_id)
        for hand_over in domains.hand_overs:
            await hand_over(session, row.id, successor.id, actor)
    counts = await queries.count_open_references(session, domains.open_references, row.id, actor.at)
    if counts:
        raise OrganisationHasOpenReferences(counts, domains.open_references)
    row.valid_until, row.successor_id, row.version = actor.at, request.successor_id, row.version + 1
    await record(
        session,
        EventName.ORGANISATION_CLOSED,
        row,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[row.id, row.parent_id, *([request.successor_id] if request.successor_id else [])],
        payload=OrganisationClosed(successor_id=request.successor_id),
    )
    await log_access(session, EventName.ORGANISATION_CLOSED.value, actor_id=actor.id, subject_id=row.id)
    return row


async def count_open_references(
    session: AsyncSession, actor: Actor, domains: Domains, organisation_id: UUID
) -> dict[str, int]:
    """Count what keeps the organisation open. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, organisation_id)
    return await queries.count_open_references(session, domains.open_references, organisation_id, actor.at)


async def _load_successor(session: AsyncSession, actor: Actor, row: Organisation, successor_id: UUID) -> Organisation:
    """Raises OrganisationNotFound, NotPermitted, OrganisationIsClosed, SuccessorDoesNotFit."""
    successor = await lock_organisation_in_reach(session, actor, successor_id)
    if successor.id == row.id or (successor.family, successor.kind) != (row.family, row.kind):
        raise SuccessorDoesNotFit
    if successor.valid_until is not None:
        raise OrganisationIsClosed(organisation_id=str(successor.id))
    return successor
