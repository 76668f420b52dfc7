"""Reading insights: one's own, those of organisations in reach, those routed to them. Not through the place.

Whoever sees one only because it was routed there is not told who heard it nor in which visit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.fieldwork.insights import InsightKind, InsightOut
from service.fieldwork.insights.errors import InsightNotFound
from service.fieldwork.insights.tables import Insight
from service.foundation.paging import PageQuery, Slice, newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    kind: InsightKind | None = None
    place_id: UUID | None = None
    visit_id: UUID | None = None
    routed_to: UUID | None = None


def seen(actor: Actor) -> SelectOfScalar[Insight]:
    """The insights the actor may see."""
    routed_here = col(Insight.routed_to).in_(scope.reachable(actor))
    return select(Insight).where(sa.or_(_heard_here(actor), routed_here))


def _heard_here(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor is of the side that heard it: wrote it down, or reaches the organisation it was heard for."""
    heard: sa.ColumnElement[bool] = col(Insight.organisation_id).in_(scope.reachable(actor))
    return sa.or_(heard, col(Insight.raised_by) == actor.id) if scope.sees_own(actor) else heard


async def shown(session: AsyncSession, actor: Actor, rows: Sequence[Insight]) -> list[InsightOut]:
    """Insights the actor sees, as he or she is told them: who heard one, and in which visit, only on that side."""
    reader = actor.asking(Permission.INSIGHT_READ)
    heard = select(Insight.id).where(col(Insight.id).in_([row.id for row in rows]), _heard_here(reader))
    ids = set((await session.exec(heard)).all()) if rows else set()
    told = [InsightOut.model_validate(row) for row in rows]
    unnamed = {"raised_by": None, "visit_id": None}
    return [one if one.id in ids else one.model_copy(update=unnamed) for one in told]


async def one(session: AsyncSession, actor: Actor, insight_id: UUID) -> Insight:
    """An insight the actor may see. Raises InsightNotFound."""
    found = (await session.exec(seen(actor).where(Insight.id == insight_id))).first()
    if found is None:
        raise InsightNotFound(insight_id=str(insight_id))
    return found


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[Insight]:
    """Insights the actor may see, newest first."""
    statement = seen(actor)
    for name in ("kind", "place_id", "visit_id", "routed_to"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Insight, name) == value)
    if wanted.visit_id is not None:
        statement = statement.where(_heard_here(actor))  # else one could find out by asking visit after visit
    return await newest_first(session, statement, col(Insight.raised_at), col(Insight.id), page_query)
