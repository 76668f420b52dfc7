"""Insights: what was heard, carried to whoever decides; the digest."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, IfMatch, Paged, ReadSession, WriteSession, created, tagged
from routers.guard import Requires
from schemas.fieldwork.insights import Digest, InsightAsked, InsightDecision, InsightKind, InsightOut, InsightRoute
from schemas.foundation.common import Day, Page, canonical_fields
from schemas.identity.organisations import DivisionCode
from service.fieldwork.insights import actions, digest, queries
from service.fieldwork.insights.tables import Insight
from service.fieldwork.visits.actions import raised_in
from service.foundation.paging import encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

insights = APIRouter(prefix="/v1/insights", tags=["insights"])
digests = APIRouter(prefix="/v1/insight-digest", tags=["insights"])
routers = (insights, digests)

Reader = Annotated[Actor, Requires(Permission.INSIGHT_READ)]
Hearer = Annotated[Actor, Requires(Permission.INSIGHT_WRITE)]
Router = Annotated[Actor, Requires(Permission.INSIGHT_ROUTE)]
Decider = Annotated[Actor, Requires(Permission.INSIGHT_DECIDE)]
Digesting = Annotated[Actor, Requires(Permission.INSIGHT_DIGEST)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@insights.put("/{insight_id}", status_code=201, responses=AGAIN)
async def write_insight_down(
    insight_id: UUID,
    request: InsightAsked,
    actor: Hearer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> InsightOut:
    """Write down what was heard, in a visit of yours or outside one. Name nobody."""
    visit = await raised_in(session, actor, request.visit_id, request.place_id)
    same = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await actions.write_down(session, actor, insight_id, request, same, visit)
    created(response, is_new, row.version)
    return await _told(session, actor, row)


@insights.put("/{insight_id}/routing")
async def route_insight(
    insight_id: UUID, request: InsightRoute, actor: Router, based_on: IfMatch, session: WriteSession, response: Response
) -> InsightOut:
    """Send it to the unit that can decide about it; that unit is not told who heard it nor in which visit."""
    row = await actions.route(session, actor, insight_id, request.organisation_id, based_on)
    tagged(response, row.version)
    return await _told(session, actor, row)


@insights.put("/{insight_id}/decision")
async def decide_insight(
    insight_id: UUID,
    request: InsightDecision,
    actor: Decider,
    based_on: IfMatch,
    session: WriteSession,
    response: Response,
) -> InsightOut:
    """Adopt it or not, for the unit it was sent to, and say why; not on what you wrote down yourself."""
    row = await actions.decide(session, actor, insight_id, request, based_on)
    tagged(response, row.version)
    return await _told(session, actor, row)


@insights.get("")
async def list_insights(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    kind: Annotated[InsightKind | None, Query()] = None,
    place_id: Annotated[UUID | None, Query()] = None,
    visit_id: Annotated[UUID | None, Query()] = None,
    routed_to: Annotated[UUID | None, Query()] = None,
) -> Page[InsightOut]:
    """Insights you may see, newest first: yours, those of organisations in your reach, those sent to them."""
    wanted = queries.Wanted(kind, place_id, visit_id, routed_to)
    found = await queries.page(session, actor, wanted, page)
    return Page(items=await queries.shown(session, actor, found.rows), next_cursor=encode_key(found.last))


@insights.get("/{insight_id}")
async def read_insight(insight_id: UUID, actor: Reader, session: ReadSession, response: Response) -> InsightOut:
    """One insight."""
    row = await queries.one(session, actor, insight_id)
    tagged(response, row.version)
    return await _told(session, actor, row)


@digests.get("")
async def read_digest(
    actor: Digesting,
    session: ReadSession,
    from_on: Annotated[Day, Query(description="The first day of a month.")],
    until_on: Annotated[Day, Query(description="The last day of a month that is over in China.")],
    division_code: Annotated[DivisionCode | None, Query(description="At most nine digits: a township.")] = None,
) -> Digest:
    """What was heard by topic, area and month, in numbers of five and more, with what was done about it."""
    return await digest.digest(session, actor, from_on, until_on, division_code)


async def _told(session: AsyncSession, actor: Actor, insight: Insight) -> InsightOut:
    return (await queries.shown(session, actor, [insight]))[0]
