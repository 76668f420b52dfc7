"""Insights: what was heard, carried to whoever decides; the digest."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, created, tagged
from routers.guard import Requires
from schemas.fieldwork.insights import (
    Digest,
    DigestQuery,
    InsightDecision,
    InsightOut,
    InsightQuery,
    InsightRoute,
    InsightWithVisitCreate,
)
from schemas.foundation.common import Page, canonical_fields
from service.fieldwork.insights import actions, digest, queries
from service.fieldwork.insights.tables import Insight
from service.fieldwork.visits import linked_records
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
    request: InsightWithVisitCreate,
    actor: Hearer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> InsightOut:
    """Write down what was heard, in a visit of yours or outside one. Name nobody."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await linked_records.record_insight(session, actor, insight_id, request, fingerprint)
    created(response, is_new, row.version)
    return await _told(session, actor, row)


@insights.put("/{insight_id}/routing")
async def route_insight(
    insight_id: UUID,
    request: InsightRoute,
    actor: Router,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> InsightOut:
    """Send it to the unit that can decide about it; that unit is not told who heard it nor in which visit."""
    row = await actions.route(session, actor, insight_id, request.organisation_id, expected_version)
    tagged(response, row.version)
    return await _told(session, actor, row)


@insights.put("/{insight_id}/decision")
async def decide_insight(
    insight_id: UUID,
    request: InsightDecision,
    actor: Decider,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> InsightOut:
    """Adopt it or not, for the unit it was sent to, and say why; not on what you wrote down yourself."""
    row = await actions.decide(session, actor, insight_id, request, expected_version)
    tagged(response, row.version)
    return await _told(session, actor, row)


@insights.get("")
async def list_insights(
    actor: Reader,
    query: Annotated[InsightQuery, Query()],
    session: ReadSession,
) -> Page[InsightOut]:
    """Insights you may see, newest first: yours, those of organisations in your reach, those sent to them."""
    found = await queries.page(session, actor, query)
    return Page(items=await queries.shown(session, actor, found.rows), next_cursor=found.next_cursor)


@insights.get("/{insight_id}")
async def read_insight(insight_id: UUID, actor: Reader, session: ReadSession, response: Response) -> InsightOut:
    """One insight."""
    row = await queries.one(session, actor, insight_id)
    tagged(response, row.version)
    return await _told(session, actor, row)


@digests.get("")
async def read_digest(
    actor: Digesting,
    query: Annotated[DigestQuery, Query()],
    session: ReadSession,
) -> Digest:
    """What was heard by topic, area and month, in numbers of five and more, with what was done about it."""
    return await digest.digest(session, actor, query.from_on, query.until_on, query.division_code)


async def _told(session: AsyncSession, actor: Actor, insight: Insight) -> InsightOut:
    return (await queries.shown(session, actor, [insight]))[0]
