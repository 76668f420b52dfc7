"""Answer an accepted or reopened problem."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import ProblemAnswer, ProblemState, ProblemVerb
from service.foundation.rows import require_version
from service.identity.access.actor import Actor
from service.solving.problems import rules
from service.solving.problems.actions.moves import lock_problem, move_problem
from service.solving.problems.tables import Problem


async def answer_problem(
    session: AsyncSession, actor: Actor, problem_id: UUID, request: ProblemAnswer, expected_version: int
) -> Problem:
    """Store the answer of the owner to the resident; an earlier rating is removed.

    Raises: ProblemNotFound, NotPermitted, MoveNotPossible, VersionStale.
    """
    problem = await lock_problem(session, actor, problem_id)
    if problem.state is ProblemState.ANSWERED and (problem.answer, problem.outcome) == (
        request.answer,
        request.outcome,
    ):
        return problem
    require_version(problem, expected_version)
    rules.next_state(problem.state, ProblemVerb.ANSWER)
    problem.answer, problem.outcome, problem.answered_at = request.answer, request.outcome, actor.at
    problem.satisfaction = problem.satisfaction_reason = None
    return await move_problem(session, problem, ProblemVerb.ANSWER, actor.event_actor, actor.at)
