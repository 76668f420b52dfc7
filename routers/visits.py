"""Visits: check in, record, check out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from routers.deps import Held, Hot, IfMatch, Paged, Reading, Writing, created, sent, tagged
from routers.guard import Requires
from schemas.common import Instant, Page
from schemas.visits import CheckIn, CheckOut, VisitOut, VisitRecord, VisitState
from service.access.actor import Actor
from service.access.permissions import Permission
from service.core.paging import encode_key
from service.visits import actions, arrivals, queries
from service.visits.tables import Visit

router = APIRouter(prefix="/v1/visits", tags=["visits"])
Visitor = Annotated[Actor, Requires(Permission.VISIT_WRITE)]
Reader = Annotated[Actor, Requires(Permission.VISIT_READ)]
SentAt = Annotated[Instant | None, Header(alias="Sent-At", description="The phone's clock when it sent this request.")]


@router.put("/{visit_id}", status_code=201, responses={200: {"model": VisitOut, "description": "Sent before."}})
async def check_in(
    visit_id: UUID, asked: CheckIn, actor: Visitor, hot: Hot, held: Held, response: Response, sent_at: SentAt = None
) -> VisitOut:
    """Check in at a place. Never refused for being far away, late or without a position.

    Sending the same id again returns the same visit.
    """
    arrival = arrivals.Arrival(visit_id, asked, held.keys.same(sent(asked)))
    outcome = await arrivals.check_in(hot, actor, arrival, sent_at)
    created(response, outcome.is_new, outcome.visit.version)
    return outcome.visit


@router.put("/{visit_id}/record", response_model=VisitOut)
async def write_record(
    visit_id: UUID, asked: VisitRecord, actor: Visitor, based_on: IfMatch, session: Writing, response: Response
) -> Visit:
    """Write down what was heard and done, based on the version read."""
    visit = await actions.write_record(session, actor, visit_id, asked, based_on)
    tagged(response, visit.version)
    return visit


@router.put("/{visit_id}/check-out", response_model=VisitOut)
async def check_out(
    visit_id: UUID, asked: CheckOut, actor: Visitor, based_on: IfMatch, session: Writing, response: Response
) -> Visit:
    """Leave. The organisation responsible for the place hears of the ended visit."""
    visit = await actions.check_out(session, actor, visit_id, asked, based_on)
    tagged(response, visit.version)
    return visit


@router.get("")
async def list_visits(
    actor: Reader,
    asked: Paged,
    session: Reading,
    place_id: Annotated[UUID | None, Query()] = None,
    state: Annotated[VisitState | None, Query()] = None,
) -> Page[VisitOut]:
    """Visits you may see, newest first: your own, those of organisations in your reach, those ended at their places."""
    found = await queries.page(session, actor, queries.Wanted(place_id, state), asked)
    return Page(items=list(found.rows), next_cursor=encode_key(found.last))


@router.get("/{visit_id}")
async def read_visit(visit_id: UUID, actor: Reader, session: Reading, response: Response) -> VisitOut:
    """One visit."""
    visit = await queries.one(session, actor, visit_id)
    tagged(response, visit.version)
    return visit
