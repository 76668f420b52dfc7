"""Planned selection: a year's plan, its criteria as data. No score, no order of merit."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import EventName
from schemas.events.placements import SelectionMoved
from schemas.ground.placements import SelectionCreate
from service.foundation.creation import create_once
from service.foundation.events.record import record
from service.foundation.paging import PageQuery, Slice, newest_first
from service.ground.placements.errors import SelectionNotFound
from service.ground.placements.tables import PlacementSelection
from service.identity.access import scope
from service.identity.access.actor import Actor


async def make(
    session: AsyncSession, actor: Actor, selection_id: UUID, request: SelectionCreate, request_fingerprint: bytes
) -> tuple[PlacementSelection, bool]:
    """A year's plan.

    Raises OrganisationNotFound, NotPermitted, OrganisationIsClosed, ContentDiffers; the database SelectionExists.
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
            actor_id=actor.id,
            occurred_at=actor.at,
            organisations=[existing.organisation_id],
            payload=SelectionMoved(organisation_id=existing.organisation_id, year=existing.year),
        )
    return existing, is_new


async def one(session: AsyncSession, actor: Actor, selection_id: UUID) -> PlacementSelection:
    """A plan of an organisation in reach. Raises SelectionNotFound."""
    found = (await session.exec(_seen(actor).where(PlacementSelection.id == selection_id))).first()
    if found is None:
        raise SelectionNotFound(selection_id=str(selection_id))
    return found


async def page(
    session: AsyncSession, actor: Actor, page_query: PageQuery, *, organisation_id: UUID | None, year: int | None
) -> Slice[PlacementSelection]:
    """Plans of organisations in reach, newest first."""
    statement = _seen(actor)
    if organisation_id is not None:
        statement = statement.where(PlacementSelection.organisation_id == organisation_id)
    if year is not None:
        statement = statement.where(PlacementSelection.year == year)
    return await newest_first(
        session, statement, col(PlacementSelection.created_at), col(PlacementSelection.id), page_query
    )


def _seen(actor: Actor) -> SelectOfScalar[PlacementSelection]:
    return select(PlacementSelection).where(col(PlacementSelection.organisation_id).in_(scope.reachable(actor)))
