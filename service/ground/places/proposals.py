"""Fences proposed from check-ins: listed for, and decided by, the organisation responsible for the place."""

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
from schemas.events.places import FenceProposed
from schemas.foundation.geo import Circle, Datum, Point
from schemas.ground.places import FenceCreate, ProposalDecision, ProposalOut, ProposalQuery, ProposalState
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.paging import Key, Slice, filter_equal, newest_first, sliced
from service.foundation.rows import locked, require_version
from service.ground.places import actions
from service.ground.places.errors import ProposalDecided, ProposalNotFound
from service.ground.places.tables import Fence, FenceProposal, Place
from service.identity.access import scope
from service.identity.access.actor import Actor

SEEN = (*(column for column in FenceProposal.__table__.c if column.key != "middle"),)  # type: ignore[attr-defined]  # every table class has it
MIDDLE = func.ST_AsGeoJSON(FenceProposal.middle, 6).label("middle")


async def make(session: AsyncSession, agreed: Any, now: datetime) -> None:
    """Propose what check-ins agree on: `agreed` has place_id, organisation_id, middle (WKT), radius_m, check_ins,
    persons. One proposal is open for a place at a time.
    """
    proposal = FenceProposal(
        id=new_id(),
        place_id=agreed.place_id,
        middle=f"SRID=4326;{agreed.centroid}",
        radius_m=agreed.radius_m,
        check_ins=agreed.check_ins,
        persons=agreed.persons,
        made_at=now,
        state=ProposalState.PROPOSED,
    )
    session.add(proposal)
    await session.flush()
    await _record_event(session, EventName.FENCE_PROPOSAL_MADE, proposal, agreed.organisation_id, now, by=SYSTEM)


async def take_back(session: AsyncSession, proposal_id: UUID, now: datetime) -> None:
    """Remove an open proposal that kept positions no longer support; one that is just being decided stays."""
    found = select(FenceProposal).where(FenceProposal.id == proposal_id, FenceProposal.state == ProposalState.PROPOSED)
    proposal = (await session.exec(found.with_for_update(skip_locked=True))).first()
    if proposal is None:
        return
    organisation_id = (await session.exec(select(Place.organisation_id).where(Place.id == proposal.place_id))).one()
    told = FenceProposed(place_id=proposal.place_id, state="taken_back")
    await _record_event(session, EventName.FENCE_PROPOSAL_DECIDED, proposal, organisation_id, now, by=SYSTEM, told=told)
    await session.delete(proposal)
    await session.flush()


async def page(session: AsyncSession, actor: Actor, query: ProposalQuery) -> Slice[ProposalOut]:
    """Proposals for the places whose fences the actor may set, newest first."""
    ours = select(Place.id).where(col(Place.organisation_id).in_(scope.reachable(actor)))
    statement = sa.select(*SEEN, MIDDLE).where(col(FenceProposal.place_id).in_(ours))
    statement = filter_equal(statement, FenceProposal, query, "state", "place_id")
    ordered = newest_first(statement, col(FenceProposal.made_at), col(FenceProposal.id), query)
    rows: Sequence[Any] = (await (await session.connection()).execute(ordered)).all()
    found = sliced(rows, query, lambda row: Key(row.made_at, row.id))
    return Slice([_shown(row) for row in found.rows], found.next_cursor)


async def one(session: AsyncSession, proposal_id: UUID) -> ProposalOut:
    """A proposal that was found before."""
    statement = sa.select(*SEEN, MIDDLE).where(col(FenceProposal.id) == proposal_id)
    return _shown((await (await session.connection()).execute(statement)).one())


async def decide(
    session: AsyncSession,
    actor: Actor,
    proposal_id: UUID,
    request: ProposalDecision,
    expected_version: int,
    request_fingerprint: bytes,
) -> FenceProposal:
    """Accept it as a fence of the place, as proposed or corrected, or refuse it; the same again changes nothing.

    Raises ProposalNotFound, VersionStale, ProposalDecided, AreaUnusable, AreaTooLarge.
    """
    statement = select(FenceProposal).where(FenceProposal.id == proposal_id)
    not_found = ProposalNotFound(proposal_id=str(proposal_id))
    proposal = await locked(session, statement, not_found, key_share=True)
    organisation_id = (await session.exec(select(Place.organisation_id).where(Place.id == proposal.place_id))).one()
    if not await scope.reaches(session, actor, organisation_id):
        raise not_found
    if await _was_said_before(session, proposal, request, request_fingerprint):
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


async def _was_said_before(
    session: AsyncSession, proposal: FenceProposal, request: ProposalDecision, request_fingerprint: bytes
) -> bool:
    """Whether the proposal was decided just so: the fence it became remembers what was asked."""
    if proposal.state is ProposalState.ACCEPTED:
        fence = await session.get_one(Fence, proposal.fence_id)
        return request.is_accepted and fence.request_fingerprint == request_fingerprint
    return proposal.state is ProposalState.REFUSED and not request.is_accepted and proposal.reason == request.reason


async def _set_fence(
    session: AsyncSession, actor: Actor, proposal: FenceProposal, request: ProposalDecision, request_fingerprint: bytes
) -> UUID:
    middle = sa.cast(FenceProposal.middle, Geometry)
    degrees = sa.select(func.ST_X(middle), func.ST_Y(middle)).where(col(FenceProposal.id) == proposal.id)
    longitude_deg, latitude_deg = (await (await session.connection()).execute(degrees)).one()
    centre = Point(longitude_deg=longitude_deg, latitude_deg=latitude_deg, datum=Datum.WGS84)
    shape = request.shape or Circle(kind="circle", centre=centre, radius_m=proposal.radius_m)
    fence_id = new_id()
    fence = FenceCreate(name=request.name, shape=shape)
    await actions.set_fence(session, actor, proposal.place_id, fence_id, fence, request_fingerprint)
    return fence_id


def _shown(row: Any) -> ProposalOut:
    return ProposalOut.model_validate({**row._mapping, "middle": json.loads(row.middle)})


async def _record_event(
    session: AsyncSession,
    name: EventName,
    proposal: FenceProposal,
    organisation_id: UUID,
    at: datetime,
    *,
    by: EventActor,
    told: FenceProposed | None = None,
) -> None:
    await record(
        session,
        name,
        proposal,
        actor=by,
        occurred_at=at,
        organisations=[organisation_id],
        payload=told or FenceProposed(place_id=proposal.place_id, state=proposal.state.value),
    )
