"""Shared steps of the actions: lock a problem, move it to the next state, record its event."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import ProblemStateChanged
from schemas.solving.problems import ProblemVerb
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.rows import locked
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.solving.problems import accusations, deadlines, queries, rules
from service.solving.problems.errors import CategoryUnknown, ProblemNotFound
from service.solving.problems.tables import Problem, ProblemCategory

EVENT_OF_VERB = {
    ProblemVerb.DISPATCH: EventName.PROBLEM_DISPATCHED,
    ProblemVerb.ACCEPT: EventName.PROBLEM_ACCEPTED,
    ProblemVerb.ANSWER: EventName.PROBLEM_ANSWERED,
    ProblemVerb.SATISFIED: EventName.PROBLEM_CONFIRMED,
    ProblemVerb.NOT_SATISFIED: EventName.PROBLEM_REOPENED,
    ProblemVerb.CLOSE: EventName.PROBLEM_CLOSED,
}


async def lock_problem(session: AsyncSession, actor: Actor, problem_id: UUID) -> Problem:
    """Lock the problem for an actor of its owner or for a dispatcher.

    Raises: ProblemNotFound; NotPermitted if the actor may read the problem but not change it.
    """
    allowed: sa.ColumnElement[bool] = col(Problem.owner_id).in_(scope.reachable(actor))
    if actor.permission is Permission.PROBLEM_DISPATCH:
        allowed = sa.or_(allowed, col(Problem.organisation_id).in_(scope.reachable(actor)))
    allowed = sa.and_(allowed, ~accusations.is_barred(actor))
    if await session.scalar(select(Problem.id).where(Problem.id == problem_id, allowed)) is None:
        await require_visible(session, actor, problem_id)
        raise NotPermitted(permission=actor.permission)
    statement = select(Problem).where(Problem.id == problem_id)
    return await locked(session, statement, ProblemNotFound(problem_id=str(problem_id)))


async def require_visible(session: AsyncSession, actor: Actor, problem_id: UUID) -> None:
    """Raises ProblemNotFound if the actor may not read the problem."""
    visible = queries.visible_to(actor.asking(Permission.PROBLEM_READ))
    if await session.scalar(select(Problem.id).where(Problem.id == problem_id, visible)) is None:
        raise ProblemNotFound(problem_id=str(problem_id))


async def require_category(session: AsyncSession, code: str) -> ProblemCategory:
    """Load a category. Raises CategoryUnknown."""
    category = await session.get(ProblemCategory, code)
    if category is None:
        raise CategoryUnknown(category_code=code)
    return category


async def move_problem(
    session: AsyncSession,
    problem: Problem,
    verb: ProblemVerb,
    by: EventActor,
    now: datetime,
    former_owner_id: UUID | None = None,
) -> Problem:
    """Set the next state, stop the timers it fulfils and record its event. Raises MoveNotPossible."""
    problem.state = rules.next_state(problem.state, verb)
    problem.version += 1
    await deadlines.stop_timers(session, problem, verb)
    await record_problem_event(session, problem, EVENT_OF_VERB[verb], by, now, former_owner_id)
    return problem


async def record_problem_event(
    session: AsyncSession,
    problem: Problem,
    name: EventName,
    by: EventActor,
    now: datetime,
    former_owner_id: UUID | None = None,
) -> None:
    """Record an event for the person who raised the problem and its organisations, except barred ones."""
    host_id = (await session.exec(select(Place.organisation_id).where(Place.id == problem.place_id))).one()
    owner_ids = [owner_id for owner_id in (problem.owner_id, former_owner_id) if owner_id]
    organisation_ids = {problem.organisation_id, host_id, *owner_ids}
    organisation_ids -= await accusations.barred_among(session, problem, organisation_ids)
    await record(
        session,
        name,
        problem,
        actor=by,
        occurred_at=now,
        organisations=organisation_ids,
        persons=[problem.raised_by],
        payload=ProblemStateChanged(place_id=problem.place_id, owner_id=problem.owner_id, state=problem.state.value),
    )
