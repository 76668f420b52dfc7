"""Selection plans: one for each organisation and year, with criteria; no score and no ranking."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.placements import SelectionPayload
from schemas.ground.placements import SelectionCreate, SelectionQuery
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.placements.errors import SelectionNotFound
from service.ground.placements.tables import PlacementSelection
from service.identity.access import scope
from service.identity.access.actor import Actor


async def create_selection(
    session: AsyncSession, actor: Actor, selection_id: UUID, request: SelectionCreate, request_fingerprint: bytes
) -> tuple[PlacementSelection, bool]:
    """Create the selection plan of an organisation for a year; return it and whether it is new.

    Raises: OrganisationNotFound, NotPermitted, OrganisationIsClosed, ContentDiffers; SelectionExists from the database
    constraint.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    if await session.get(PlacementSelection, selection_id) is None:
        await scope.must_be_open(session, request.organisation_id)
    row = PlacementSelection(
        id=selection_id,
        organisation_id=request.organisation_id,
        year=request.year,
        criteria=request.criteria.model_dump(mode="json"),
        planned=request.planned,
        created_at=actor.at,
        request_fingerprint=request_fingerprint,
    )
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await record(
            session,
            EventName.PLACEMENT_SELECTION_MADE,
            existing,
            actor=actor.event_actor,
            occurred_at=actor.at,
            organisations=[existing.organisation_id],
            payload=SelectionPayload(organisation_id=existing.organisation_id, year=existing.year),
        )
    return existing, is_new


async def get_selection(session: AsyncSession, actor: Actor, selection_id: UUID) -> PlacementSelection:
    """Read the selection plan of an organisation within reach. Raises: SelectionNotFound."""
    row = (await session.exec(_visible_selections(actor).where(PlacementSelection.id == selection_id))).first()
    if row is None:
        raise SelectionNotFound(selection_id=str(selection_id))
    return row


async def list_selections(session: AsyncSession, actor: Actor, query: SelectionQuery) -> Slice[PlacementSelection]:
    """List the selection plans of organisations within reach, newest first."""
    statement = filter_equal(_visible_selections(actor), PlacementSelection, query, "organisation_id", "year")
    return await page_newest_first(
        session, statement, col(PlacementSelection.created_at), col(PlacementSelection.id), query
    )


def _visible_selections(actor: Actor) -> SelectOfScalar[PlacementSelection]:
    return select(PlacementSelection).where(col(PlacementSelection.organisation_id).in_(scope.reachable(actor)))
