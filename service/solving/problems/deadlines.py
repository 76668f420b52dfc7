"""The two timers of a problem: respond by, solve by, in working days (DOMAIN §5.2)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import ProblemOverdue
from schemas.solving.problems import ProblemState, ProblemVerb
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import end_of_workday
from service.solving.problems import accusations
from service.solving.problems.tables import Problem, ProblemCategory

RESPOND_BY = "problem.respond_by"
SOLVE_BY = "problem.solve_by"
MET_BY = {ProblemVerb.ACCEPT: (RESPOND_BY,), ProblemVerb.ANSWER: (RESPOND_BY, SOLVE_BY)}
"""Which timers a move stops."""
WAITING = {
    RESPOND_BY: {ProblemState.RAISED, ProblemState.DISPATCHED},
    SOLVE_BY: {ProblemState.RAISED, ProblemState.DISPATCHED, ProblemState.ACCEPTED, ProblemState.REOPENED},
}
"""In which states a clock still means something."""


async def start(session: AsyncSession, problem: Problem, category: ProblemCategory, now: datetime) -> None:
    """Set both timers when the problem is raised."""
    for kind, days in ((RESPOND_BY, category.respond_days), (SOLVE_BY, category.solve_days)):
        session.add(Timer(subject_id=problem.id, kind=kind, due_at=end_of_workday(now, days)))


async def start_again(session: AsyncSession, problem: Problem, category: ProblemCategory, now: datetime) -> None:
    """The person was not satisfied: the time to solve runs anew."""
    await session.merge(Timer(subject_id=problem.id, kind=SOLVE_BY, due_at=end_of_workday(now, category.solve_days)))


async def met(session: AsyncSession, problem: Problem, verb: ProblemVerb) -> None:
    """Stop the timers this move answers."""
    kinds = MET_BY.get(verb, ())
    if kinds:
        connection = await session.connection()
        await connection.execute(
            sa.delete(Timer).where(col(Timer.subject_id) == problem.id, col(Timer.kind).in_(kinds))
        )


async def _overdue(session: AsyncSession, kind: str, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell of each that still waits; those somebody is moving at this instant are left for the next sweep."""
    statement = select(Problem).where(col(Problem.id).in_(due)).with_for_update(skip_locked=True)
    problems = (await session.exec(statement)).all()
    for problem in problems:
        if problem.state in WAITING[kind]:
            concerned = {problem.owner_id or problem.organisation_id}
            concerned -= await accusations.among_accused(session, problem, concerned)
            await record(
                session,
                EventName.PROBLEM_OVERDUE,
                problem,
                actor_id=None,
                occurred_at=now,
                organisations=concerned,
                persons=[problem.raised_by],
                payload=ProblemOverdue(owner_id=problem.owner_id, clock=kind, due_at=due[problem.id]),
            )
    return [problem.id for problem in problems]


async def respond_overdue(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell the owner and whoever raised it that nobody responded in time."""
    return await _overdue(session, RESPOND_BY, due, now)


async def solve_overdue(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell the owner and whoever raised it that it was not answered in time."""
    return await _overdue(session, SOLVE_BY, due, now)
