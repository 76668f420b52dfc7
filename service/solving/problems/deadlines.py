"""The timers `problem.respond_by` and `problem.solve_by`, in working days (DOMAIN §5.2)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import ProblemOverdue
from schemas.solving.problems import ProblemState, ProblemVerb
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.events.tables import Timer
from service.foundation.workdays import end_of_workday
from service.solving.problems import accusations
from service.solving.problems.tables import Problem, ProblemCategory

RESPOND_BY = "problem.respond_by"
SOLVE_BY = "problem.solve_by"
STOPPED_BY = {ProblemVerb.ACCEPT: (RESPOND_BY,), ProblemVerb.ANSWER: (RESPOND_BY, SOLVE_BY)}
"""Verb → the timers it stops."""
RUNNING_IN = {
    RESPOND_BY: {ProblemState.RAISED, ProblemState.DISPATCHED},
    SOLVE_BY: {ProblemState.RAISED, ProblemState.DISPATCHED, ProblemState.ACCEPTED, ProblemState.REOPENED},
}
"""Timer → the states in which it still counts."""


async def start_timers(session: AsyncSession, problem: Problem, category: ProblemCategory, now: datetime) -> None:
    """Start both timers of a new problem."""
    for kind, days in ((RESPOND_BY, category.respond_days), (SOLVE_BY, category.solve_days)):
        session.add(Timer(subject_id=problem.id, kind=kind, due_at=end_of_workday(now, days)))


async def restart_solve_timer(
    session: AsyncSession, problem: Problem, category: ProblemCategory, now: datetime
) -> None:
    """Start the solve timer again after the rating "not satisfied"."""
    await session.merge(Timer(subject_id=problem.id, kind=SOLVE_BY, due_at=end_of_workday(now, category.solve_days)))


async def stop_timers(session: AsyncSession, problem: Problem, verb: ProblemVerb) -> None:
    """Delete the timers that this verb fulfils."""
    kinds = STOPPED_BY.get(verb, ())
    if kinds:
        connection = await session.connection()
        await connection.execute(
            sa.delete(Timer).where(col(Timer.subject_id) == problem.id, col(Timer.kind).in_(kinds))
        )


async def _record_overdue(
    session: AsyncSession, kind: str, due: Mapping[UUID, datetime], now: datetime
) -> Collection[UUID]:
    """Record `problem.overdue` for each problem that still waits. Locked rows are left for the next sweep."""
    statement = select(Problem).where(col(Problem.id).in_(due)).with_for_update(skip_locked=True)
    problems = (await session.exec(statement)).all()
    for problem in problems:
        if problem.state in RUNNING_IN[kind]:
            organisation_ids = {problem.owner_id or problem.organisation_id}
            organisation_ids -= await accusations.barred_among(session, problem, organisation_ids)
            await record(
                session,
                EventName.PROBLEM_OVERDUE,
                problem,
                actor=SYSTEM,
                occurred_at=now,
                organisations=organisation_ids,
                persons=[problem.raised_by],
                payload=ProblemOverdue(owner_id=problem.owner_id, timer=kind, due_at=due[problem.id]),
            )
    return [problem.id for problem in problems]


async def respond_overdue(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Timer `problem.respond_by`: nobody accepted the problem in time."""
    return await _record_overdue(session, RESPOND_BY, due, now)


async def solve_overdue(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Timer `problem.solve_by`: the problem was not answered in time."""
    return await _record_overdue(session, SOLVE_BY, due, now)
