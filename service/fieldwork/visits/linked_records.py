"""Create a problem, a promise or an insight, linked to a visit of the actor or without a visit."""

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
from service.fieldwork.visits.actions import visit_context
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
    """Raise a problem. Raises: VisitNotFound, and the errors of `problems.raise_problem`."""
    context = await _load_context(session, actor, request.visit_id, request.place_id)
    return await problems.raise_problem(session, actor, keys, problem_id, request, request_fingerprint, context)


async def create_promise(
    session: AsyncSession, actor: Actor, promise_id: UUID, request: PromiseCreate, request_fingerprint: bytes
) -> tuple[Promise, bool]:
    """Create a promise. Raises: VisitNotFound, and the errors of `promises.create_promise`."""
    context = await _load_context(session, actor, request.visit_id, request.place_id)
    return await promises.create_promise(session, actor, promise_id, request, request_fingerprint, context)


async def record_insight(
    session: AsyncSession, actor: Actor, insight_id: UUID, request: InsightWithVisitCreate, request_fingerprint: bytes
) -> tuple[Insight, bool]:
    """Record an insight. Raises: VisitNotFound, and the errors of `insights.record_insight`."""
    context = await _load_context(session, actor, request.visit_id, request.place_id)
    return await insights.record_insight(session, actor, insight_id, request, request_fingerprint, context)


async def _load_context(
    session: AsyncSession, actor: Actor, visit_id: UUID | None, place_id: UUID
) -> VisitContext | None:
    """Load the context of a visit of the actor at that place; None without a visit.

    Raises: VisitNotFound.
    """
    if visit_id is None:
        return None
    statement = select(Visit).where(Visit.id == visit_id, Visit.person_id == actor.id, Visit.place_id == place_id)
    visit = (await session.exec(statement)).first()
    if visit is None:
        raise VisitNotFound(visit_id=str(visit_id))
    return visit_context(visit)
