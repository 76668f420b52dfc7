"""Raise a problem, give a promise or write an insight down, in a visit of the actor or without one."""

from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.insights import InsightWithVisitCreate
from schemas.fieldwork.promises import PromiseCreate
from schemas.solving.problems import ProblemCreate
from service.fieldwork.insights import actions as insights
from service.fieldwork.insights.tables import Insight
from service.fieldwork.promises import actions as promises
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visits.actions import context_of
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit
from service.foundation.crypto import Keys
from service.ground.places.visit_context import VisitContext
from service.identity.access.actor import Actor
from service.solving.problems.actions import raise_problem as problems
from service.solving.problems.actions.raise_problem import RaisedProblem


async def raise_problem(
    session: AsyncSession,
    actor: Actor,
    keys: Keys,
    problem_id: UUID,
    request: ProblemCreate,
    request_fingerprint: bytes,
) -> RaisedProblem:
    """Raise a problem. Raises VisitNotFound, and what `problems.raise_problem` raises."""
    visit = await _context(session, actor, request.visit_id, request.place_id)
    return await problems.raise_problem(session, actor, keys, problem_id, request, request_fingerprint, visit)


async def give_promise(
    session: AsyncSession, actor: Actor, promise_id: UUID, request: PromiseCreate, request_fingerprint: bytes
) -> tuple[Promise, bool]:
    """Give a promise. Raises VisitNotFound, and what `promises.give` raises."""
    visit = await _context(session, actor, request.visit_id, request.place_id)
    return await promises.give(session, actor, promise_id, request, request_fingerprint, visit)


async def write_insight(
    session: AsyncSession, actor: Actor, insight_id: UUID, request: InsightWithVisitCreate, request_fingerprint: bytes
) -> tuple[Insight, bool]:
    """Write an insight down. Raises VisitNotFound, and what `insights.write_down` raises."""
    visit = await _context(session, actor, request.visit_id, request.place_id)
    return await insights.write_down(session, actor, insight_id, request, request_fingerprint, visit)


async def _context(session: AsyncSession, actor: Actor, visit_id: UUID | None, place_id: UUID) -> VisitContext | None:
    """The context of a visit of the actor at that place; None without a visit. Raises VisitNotFound."""
    if visit_id is None:
        return None
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id, Visit.place_id == place_id)
    visit = (await session.exec(statement)).first()
    if visit is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return context_of(visit)
