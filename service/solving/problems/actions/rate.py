"""Rate an answered problem: by the private link, or relayed by its raiser (DESIGN §2.5)."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import Rating, Satisfaction
from service.foundation.events.actors import RESIDENT, EventActor
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.solving.problems import deadlines, links, rules
from service.solving.problems.actions.moves import move_problem, require_category, require_visible
from service.solving.problems.errors import ProblemNotFound
from service.solving.problems.tables import Problem


async def rate_by_link(session: AsyncSession, token: str, rating: Rating, now: datetime) -> Problem:
    """Store the rating of the resident. Raises LinkUnknown, MoveNotPossible, ReasonMissing."""
    problem = await links.open_link(session, token, now, is_locked=True)
    return await _rate(session, problem, rating, RESIDENT, now)


async def lock_for_relayed_rating(
    session: AsyncSession, actor: Actor, problem_id: UUID, rating: Rating, expected_version: int
) -> Problem:
    """Lock the problem after the check that the actor raised it and does not belong to its owner.

    `service/fieldwork/visits/return_visits.py` checks the visit of the rating, then calls `relay_rating`.
    Raises: ProblemNotFound, NotPermitted, MoveNotPossible, ReasonMissing, VersionStale.
    """
    await scope.must_be_posted(session, actor)
    await require_visible(session, actor, problem_id)
    statement = select(Problem).where(Problem.id == problem_id)
    problem = await locked(session, statement, ProblemNotFound(problem_id=str(problem_id)))
    own_owner = scope.reachable(actor.asking(Permission.PROBLEM_HANDLE)).where(col(Organisation.id) == problem.owner_id)
    if problem.raised_by != actor.id or await session.scalar(own_owner) is not None:
        raise NotPermitted(permission=actor.permission)
    require_version(problem, expected_version)
    rules.next_state(problem.state, rules.rating_verb(rating))
    return problem


async def relay_rating(session: AsyncSession, actor: Actor, problem: Problem, rating: Rating) -> Problem:
    """Store the relayed rating of a problem that `lock_for_relayed_rating` has locked."""
    return await _rate(session, problem, rating, actor.event_actor, actor.at)


async def _rate(session: AsyncSession, problem: Problem, rating: Rating, by: EventActor, now: datetime) -> Problem:
    verb = rules.rating_verb(rating)
    rules.next_state(problem.state, verb)
    problem.satisfaction, problem.satisfaction_reason = rating.satisfaction, rating.reason or None
    if rating.satisfaction is Satisfaction.NOT_SATISFIED:
        problem.redone += 1
        category = await require_category(session, problem.category_code)
        await deadlines.restart_solve_timer(session, problem, category, now)
    return await move_problem(session, problem, verb, by, now)
