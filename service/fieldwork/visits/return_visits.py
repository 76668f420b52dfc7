"""The return visit: the person's word about a problem, heard where it is, by whoever raised it (DESIGN §2.4)."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import JudgementHeard
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit
from service.identity.access.actor import Actor
from service.solving.problems import actions
from service.solving.problems.tables import Problem


async def judge(
    session: AsyncSession, actor: Actor, problem_id: UUID, request: JudgementHeard, based_on: int
) -> Problem:
    """The word of a person without a phone, heard in an ended visit of the actor's own that began after the answer.

    Raises VisitNotFound, and what `judge_for` raises.
    """
    heard = (
        select(Visit.id)
        .join(Problem, col(Problem.place_id) == col(Visit.place_id))
        .where(
            Problem.id == problem_id,
            Visit.id == request.visit_id,
            Visit.person_id == actor.id,
            col(Visit.checked_out_at).is_not(None),
            col(Visit.checked_in_at) >= col(Problem.answered_at),
        )
    )
    judged = await actions.judge_for(session, actor, problem_id, request.word(), based_on)
    if (await session.exec(heard)).first() is None:
        raise VisitNotFound(visit_id=str(request.visit_id))
    return judged
