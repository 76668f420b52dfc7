"""Fence proposals computed from check-ins. The organisation responsible for the place decides them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.places import FenceProposalPayload
from schemas.foundation.geo import Circle, Datum, Point
from schemas.ground.places import FenceCreate, ProposalDecision, ProposalOut, ProposalQuery, ProposalState
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.paging import Key, Slice, filter_equal, newest_first, slice_page
from service.foundation.rows import locked, require_version
from service.ground.places import actions
from service.ground.places.errors import ProposalDecided, ProposalNotFound
from service.ground.places.tables import Fence, FenceProposal, Place
from service.identity.access import scope
from service.identity.access.actor import Actor

COLUMNS = (*(column for column in FenceProposal.__table__.c if column.key != "centroid"),)  # type: ignore[attr-defined]  # every table class has it
CENTROID = func.ST_AsGeoJSON(FenceProposal.centroid, 6).label("centroid")


async def create_proposal(session: AsyncSession, cluster: Any, now: datetime) -> None:
    """Create a proposal from a cluster of check-ins. A place has at most one open proposal.

    `cluster` is a row with place_id, organisation_id, centroid (WKT), radius_m, check_ins and persons.
    """
    proposal = FenceProposal(
        id=new_id(),
        place_id=cluster.place_id,
        centroid=f"SRID=4326;{cluster.centroid}",
        radius_m=cluster.radius_m,
        check_ins=cluster.check_ins,
        persons=cluster.persons,
        proposed_at=now,
        state=ProposalState.PROPOSED,
    )
    session.add(proposal)
    await session.flush()
    await _record_event(session, EventName.FENCE_PROPOSAL_MADE, proposal, cluster.organisation_id, now, by=SYSTEM)


async def withdraw_proposal(session: AsyncSession, proposal_id: UUID, now: datetime) -> None:
    """Delete an open proposal that the stored positions no longer support.

    A proposal that another transaction is deciding now is skipped.
    """
    statement = select(FenceProposal).where(
        FenceProposal.id == proposal_id, FenceProposal.state == ProposalState.PROPOSED
    )
    proposal = (await session.exec(statement.with_for_update(skip_locked=True))).first()
    if proposal is None:
        return
    organisation_id = (await session.exec(select(Place.organisation_id).where(Place.id == proposal.place_id))).one()
    payload = FenceProposalPayload(place_id=proposal.place_id, state="withdrawn")
    await _record_event(
        session, EventName.FENCE_PROPOSAL_DECIDED, proposal, organisation_id, now, by=SYSTEM, payload=payload
    )
    await session.delete(proposal)
    await session.flush()


async def list_proposals(session: AsyncSession, actor: Actor, query: ProposalQuery) -> Slice[ProposalOut]:
    """List the proposals for places whose fences the actor may set, newest first."""
    place_ids = select(Place.id).where(col(Place.organisation_id).in_(scope.reachable(actor)))
    statement = sa.select(*COLUMNS, CENTROID).where(col(FenceProposal.place_id).in_(place_ids))
    statement = filter_equal(statement, FenceProposal, query, "state", "place_id")
    ordered = newest_first(statement, col(FenceProposal.proposed_at), col(FenceProposal.id), query)
    rows: Sequence[Any] = (await (await session.connection()).execute(ordered)).all()
    page = slice_page(rows, query, lambda row: Key(row.proposed_at, row.id))
    return Slice([_to_out(row) for row in page.rows], page.next_cursor)


async def get_proposal(session: AsyncSession, proposal_id: UUID) -> ProposalOut:
    """Read a proposal that exists. The caller has checked that the actor may see it."""
    statement = sa.select(*COLUMNS, CENTROID).where(col(FenceProposal.id) == proposal_id)
    return _to_out((await (await session.connection()).execute(statement)).one())


async def decide_proposal(
    session: AsyncSession,
    actor: Actor,
    proposal_id: UUID,
    request: ProposalDecision,
    expected_version: int,
    request_fingerprint: bytes,
) -> FenceProposal:
    """Accept a proposal, as it is or with another shape, or refuse it; a repeated request changes nothing.

    Raises: ProposalNotFound, VersionStale, ProposalDecided, AreaUnusable, AreaTooLarge.
    """
    statement = select(FenceProposal).where(FenceProposal.id == proposal_id)
    not_found = ProposalNotFound(proposal_id=str(proposal_id))
    proposal = await locked(session, statement, not_found, key_share=True)
    organisation_id = (await session.exec(select(Place.organisation_id).where(Place.id == proposal.place_id))).one()
    if not await scope.reaches(session, actor, organisation_id):
        raise not_found
    if await _is_repeated_decision(session, proposal, request, request_fingerprint):
        return proposal
    require_version(proposal, expected_version)
    if proposal.state is not ProposalState.PROPOSED:
        raise ProposalDecided(state=proposal.state)
    if request.is_accepted:
        proposal.fence_id = await _set_fence(session, actor, proposal, request, request_fingerprint)
    proposal.state = ProposalState.ACCEPTED if request.is_accepted else ProposalState.REFUSED
    proposal.decided_by, proposal.decided_at, proposal.reason = actor.id, actor.at, request.reason
    proposal.version += 1
    await _record_event(
        session, EventName.FENCE_PROPOSAL_DECIDED, proposal, organisation_id, actor.at, by=actor.event_actor
    )
    return proposal


async def _is_repeated_decision(
    session: AsyncSession, proposal: FenceProposal, request: ProposalDecision, request_fingerprint: bytes
) -> bool:
    """Return whether the same decision was made before.

    The fence of an accepted proposal has the fingerprint of the request.
    """
    if proposal.state is ProposalState.ACCEPTED:
        fence = await session.get_one(Fence, proposal.fence_id)
        return request.is_accepted and fence.request_fingerprint == request_fingerprint
    return proposal.state is ProposalState.REFUSED and not request.is_accepted and proposal.reason == request.reason


async def _set_fence(
    session: AsyncSession, actor: Actor, proposal: FenceProposal, request: ProposalDecision, request_fingerprint: bytes
) -> UUID:
    centroid = sa.cast(FenceProposal.centroid, Geometry)
    statement = sa.select(func.ST_X(centroid), func.ST_Y(centroid)).where(col(FenceProposal.id) == proposal.id)
    longitude_deg, latitude_deg = (await (await session.connection()).execute(statement)).one()
    centre = Point(longitude_deg=longitude_deg, latitude_deg=latitude_deg, datum=Datum.WGS84)
    shape = request.shape or Circle(kind="circle", centre=centre, radius_m=proposal.radius_m)
    fence_id = new_id()
    fence = FenceCreate(name=request.name, shape=shape)
    await actions.set_fence(session, actor, proposal.place_id, fence_id, fence, request_fingerprint)
    return fence_id


def _to_out(row: Any) -> ProposalOut:
    return ProposalOut.model_validate({**row._mapping, "centroid": json.loads(row.centroid)})


async def _record_event(
    session: AsyncSession,
    name: EventName,
    proposal: FenceProposal,
    organisation_id: UUID,
    at: datetime,
    *,
    by: EventActor,
    payload: FenceProposalPayload | None = None,
) -> None:
    await record(
        session,
        name,
        proposal,
        actor=by,
        occurred_at=at,
        organisations=[organisation_id],
        payload=payload or FenceProposalPayload(place_id=proposal.place_id, state=proposal.state.value),
    )
