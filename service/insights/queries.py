"""Reading insights: one's own, those of organisations in reach, those routed to them. Not through the place."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.insights import InsightKind
from service.access import scope
from service.access.actor import Actor
from service.core.paging import PageAsked, Slice, newest_first
from service.insights.errors import InsightNotFound
from service.insights.tables import Insight


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    kind: InsightKind | None = None
    place_id: UUID | None = None
    visit_id: UUID | None = None
    routed_to: UUID | None = None


def seen(actor: Actor) -> SelectOfScalar[Insight]:
    """The insights the actor may see."""
    reachable = scope.reachable(actor).subquery()
    visible: sa.ColumnElement[bool] = sa.or_(
        col(Insight.organisation_id).in_(sa.select(reachable.c.id)),
        col(Insight.routed_to).in_(sa.select(reachable.c.id)),
    )
    if scope.sees_own(actor):
        visible = sa.or_(visible, col(Insight.raised_by) == actor.id)
    return select(Insight).where(visible)


async def one(session: AsyncSession, actor: Actor, insight_id: UUID) -> Insight:
    """An insight the actor may see. Raises InsightNotFound."""
    found = (await session.exec(seen(actor).where(Insight.id == insight_id))).first()
    if found is None:
        raise InsightNotFound(insight_id=str(insight_id))
    return found


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, asked: PageAsked) -> Slice[Insight]:
    """Insights the actor may see, newest first."""
    statement = seen(actor)
    for name in ("kind", "place_id", "visit_id", "routed_to"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Insight, name) == value)
    return await newest_first(session, statement, col(Insight.raised_at), col(Insight.id), asked)
