"""Close a confirmed problem."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import ProblemState, ProblemVerb
from service.foundation.rows import require_version
from service.identity.access.actor import Actor
from service.solving.problems import rules
from service.solving.problems.actions.moves import lock_problem, move_problem
from service.solving.problems.tables import Problem


async def close_problem(session: AsyncSession, actor: Actor, problem_id: UUID, expected_version: int) -> Problem:
    """Close a problem that the resident confirmed, as its owner.

    Raises: ProblemNotFound, NotPermitted, MoveNotPossible, VersionStale.
    """
    problem = await lock_problem(session, actor, problem_id)
    if problem.state is ProblemState.CLOSED:
        return problem
    require_version(problem, expected_version)
    rules.next_state(problem.state, ProblemVerb.CLOSE)
    problem.closed_at = actor.at
    return await move_problem(session, problem, ProblemVerb.CLOSE, actor.event_actor, actor.at)
