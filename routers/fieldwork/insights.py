"""Insights, their routing and decision, and the digest."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import AppState, IfMatch, ReadSession, WriteSession, set_created, set_etag
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
Author = Annotated[Actor, Requires(Permission.INSIGHT_WRITE)]
Router = Annotated[Actor, Requires(Permission.INSIGHT_ROUTE)]
Decider = Annotated[Actor, Requires(Permission.INSIGHT_DECIDE)]
DigestReader = Annotated[Actor, Requires(Permission.INSIGHT_DIGEST)]
REPEATED: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@insights.put("/{insight_id}", status_code=201, responses=REPEATED)
async def record_insight(
    insight_id: UUID,
    request: InsightWithVisitCreate,
    actor: Author,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> InsightOut:
    """Record something heard, in a visit of yours or outside one. Do not name anybody."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await linked_records.record_insight(session, actor, insight_id, request, fingerprint)
    set_created(response, is_new, row.version)
    return await _build_out(session, actor, row)


@insights.put("/{insight_id}/routing")
async def route_insight(
    insight_id: UUID,
    request: InsightRoute,
    actor: Router,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> InsightOut:
    """Route an insight to the unit that can decide on it.

    That unit does not see its author or its visit.
    """
    row = await actions.route_insight(session, actor, insight_id, request.organisation_id, expected_version)
    set_etag(response, row.version)
    return await _build_out(session, actor, row)


@insights.put("/{insight_id}/decision")
async def decide_insight(
    insight_id: UUID,
    request: InsightDecision,
    actor: Decider,
    expected_version: IfMatch,
    session: WriteSession,
    response: Response,
) -> InsightOut:
    """Adopt an insight or not, with a reason, as the unit it was routed to.

    You cannot decide on your own insight.
    """
    row = await actions.decide_insight(session, actor, insight_id, request, expected_version)
    set_etag(response, row.version)
    return await _build_out(session, actor, row)


@insights.get("")
async def list_insights(
    actor: Reader,
    query: Annotated[InsightQuery, Query()],
    session: ReadSession,
) -> Page[InsightOut]:
    """List insights, newest first: yours, those of organisations in your reach, and those routed to them."""
    insights_page = await queries.page(session, actor, query)
    return Page(
        items=await queries.build_insights_out(session, actor, insights_page.rows),
        next_cursor=insights_page.next_cursor,
    )


@insights.get("/{insight_id}")
async def read_insight(insight_id: UUID, actor: Reader, session: ReadSession, response: Response) -> InsightOut:
    """Read one insight."""
    row = await queries.get_insight(session, actor, insight_id)
    set_etag(response, row.version)
    return await _build_out(session, actor, row)


@digests.get("")
async def read_digest(
    actor: DigestReader,
    query: Annotated[DigestQuery, Query()],
    session: ReadSession,
) -> Digest:
    """Count insights by month, topic and area, with their outcome.

    A line needs insights by at least five people.
    """
    return await digest.read_digest(session, actor, query.from_on, query.until_on, query.division_code)


async def _build_out(session: AsyncSession, actor: Actor, insight: Insight) -> InsightOut:
    return (await queries.build_insights_out(session, actor, [insight]))[0]
