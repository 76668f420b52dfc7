"""Insights that an actor may see: own, of organisations in reach, and routed to them.

A reader who sees an insight only because it was routed to their unit does not see its author or its visit.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.fieldwork.insights import InsightOut, InsightQuery
from service.fieldwork.insights.errors import InsightNotFound
from service.fieldwork.insights.tables import Insight
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission


def visible_insights(actor: Actor) -> SelectOfScalar[Insight]:
    """Select the insights that the actor may see."""
    routed_here = col(Insight.routed_to).in_(scope.reachable(actor))
    return select(Insight).where(sa.or_(_is_author_side(actor), routed_here))


def _is_author_side(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor wrote the insight, or reaches the organisation for which it was recorded."""
    in_reach: sa.ColumnElement[bool] = col(Insight.organisation_id).in_(scope.reachable(actor))
    return sa.or_(in_reach, col(Insight.raised_by) == actor.id) if scope.sees_own(actor) else in_reach


async def build_insights_out(session: AsyncSession, actor: Actor, rows: Sequence[Insight]) -> list[InsightOut]:
    """Build the responses.

    `raised_by` and `visit_id` are null for readers who are not on the author's side.
    """
    reader = actor.asking(Permission.INSIGHT_READ)
    author_side = select(Insight.id).where(col(Insight.id).in_([row.id for row in rows]), _is_author_side(reader))
    author_side_ids = set((await session.exec(author_side)).all()) if rows else set()
    items = [InsightOut.model_validate(row) for row in rows]
    anonymous = {"raised_by": None, "visit_id": None}
    return [item if item.id in author_side_ids else item.model_copy(update=anonymous) for item in items]


async def get_insight(session: AsyncSession, actor: Actor, insight_id: UUID) -> Insight:
    """Load an insight that the actor may see. Raises: InsightNotFound."""
    insight = (await session.exec(visible_insights(actor).where(Insight.id == insight_id))).first()
    if insight is None:
        raise InsightNotFound(insight_id=str(insight_id))
    return insight


async def page(session: AsyncSession, actor: Actor, query: InsightQuery) -> Slice[Insight]:
    """List the insights that the actor may see, newest first."""
    statement = filter_equal(visible_insights(actor), Insight, query, "kind", "place_id", "visit_id", "routed_to")
    if query.visit_id is not None:
        statement = statement.where(
            _is_author_side(actor)
        )  # otherwise a reader could find the visit by trying visit ids
    return await page_newest_first(session, statement, col(Insight.raised_at), col(Insight.id), query)
