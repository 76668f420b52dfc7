"""Accept a dispatched problem."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import ProblemState, ProblemVerb
from service.foundation.rows import require_version
from service.identity.access.actor import Actor
from service.solving.problems.actions.moves import lock_problem, move_problem
from service.solving.problems.tables import Problem


async def accept_problem(session: AsyncSession, actor: Actor, problem_id: UUID, expected_version: int) -> Problem:
    """Accept the problem as its owner.

    Raises: ProblemNotFound, NotPermitted, MoveNotPossible, VersionStale.
    """
    problem = await lock_problem(session, actor, problem_id)
    if problem.state is ProblemState.ACCEPTED:
        return problem
    require_version(problem, expected_version)
    return await move_problem(session, problem, ProblemVerb.ACCEPT, actor.event_actor, actor.at)
