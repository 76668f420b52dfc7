"""Dispatch a problem to the organisation that will own it."""

from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import Dispatch, ProblemVerb
from service.foundation.rows import require_version
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.solving.problems import accusations, rules
from service.solving.problems.actions.moves import lock_problem, move_problem
from service.solving.problems.tables import Problem


async def dispatch_problem(
    session: AsyncSession, actor: Actor, problem_id: UUID, request: Dispatch, expected_version: int
) -> Problem:
    """Give the problem to an organisation. The former owner gets the event too.

    Raises: ProblemNotFound, NotPermitted, OrganisationNotFound, DispatchToAccused, MoveNotPossible, VersionStale.
    """
    problem = await lock_problem(session, actor, problem_id)
    if problem.owner_id == request.organisation_id:
        return problem
    require_version(problem, expected_version)
    rules.next_state(problem.state, ProblemVerb.DISPATCH)
    await scope.must_be_open(session, request.organisation_id)
    await accusations.require_not_barred(session, problem, request.organisation_id)
    former_owner_id, problem.owner_id = problem.owner_id, request.organisation_id
    return await move_problem(session, problem, ProblemVerb.DISPATCH, actor.event_actor, actor.at, former_owner_id)
