"""Return visit: the raiser of a problem relays the rating of the resident (DESIGN §2.4)."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import RelayedRatingCreate
from service.fieldwork.visits.errors import VisitNotFound
from service.fieldwork.visits.tables import Visit
from service.identity.access.actor import Actor
from service.solving.problems.actions import rate
from service.solving.problems.tables import Problem


async def relay_rating(
    session: AsyncSession, actor: Actor, problem_id: UUID, request: RelayedRatingCreate, expected_version: int
) -> Problem:
    """Relay the rating of a resident who has no phone.

    The rating was heard in an ended visit of the actor that began after the answer to the problem.
    Raises: VisitNotFound, and the errors of `lock_for_relayed_rating`.
    """
    problem = await rate.lock_for_relayed_rating(session, actor, problem_id, request.rating(), expected_version)
    visits = select(Visit.id).where(
        Visit.id == request.visit_id,
        Visit.person_id == actor.id,
        Visit.place_id == problem.place_id,
        col(Visit.checked_out_at).is_not(None),
        col(Visit.checked_in_at) >= problem.answered_at,
    )
    if (await session.exec(visits)).first() is None:
        raise VisitNotFound(visit_id=str(request.visit_id))
    return await rate.relay_rating(session, actor, problem, request.rating())
