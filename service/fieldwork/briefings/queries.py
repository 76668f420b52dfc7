"""Briefing of a place: open problems, last visits, open promises, expected visits and readings.

Everybody who may visit can read the briefing of every place. A text is shown only to people who may also read it
elsewhere. Accusations and unannounced visits that have not ended are left out.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.briefings import Briefing, OpenProblem, OpenPromise, PastVisit
from schemas.fieldwork.promises import PromiseState
from schemas.fieldwork.visits import VisitState
from schemas.ground.places import ReadingOut
from schemas.solving.problems import ProblemState
from service.fieldwork.promises.queries import is_visible_to
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visit_plans.queries import calendar
from service.fieldwork.visits.tables import Visit
from service.foundation.workdays import day_of
from service.ground.places import readings
from service.ground.places.queries import get_place_details
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.tree.tables import Organisation
from service.solving.problems.queries import visible_to
from service.solving.problems.tables import Problem

MAX_ITEMS = 50
LAST_VISITS = 5
EXPECTED_DAYS = 14
CLOSED_STATES = (ProblemState.CONFIRMED, ProblemState.CLOSED)


async def briefing(session: AsyncSession, actor: Actor, place_id: UUID) -> Briefing:
    """Build the briefing.

    Raises: NotPermitted if the actor has no posting that may visit, PlaceNotFound.
    """
    await scope.must_be_posted(session, actor)
    today = day_of(actor.at)
    return Briefing(
        place=await get_place_details(session, actor.asking(Permission.PLACE_READ), place_id),
        problems=await _problems(session, actor.asking(Permission.PROBLEM_READ), place_id),
        past_visits=await _past_visits(session, place_id),
        promises=await _promises(session, actor.asking(Permission.PROMISE_READ), place_id),
        expected=await calendar(session, place_id, today, today + timedelta(days=EXPECTED_DAYS)),
        readings=[ReadingOut.model_validate(row) for row in await readings.list_readings(session, place_id)],
        as_of=actor.at,
    )


async def _problems(session: AsyncSession, actor: Actor, place_id: UUID) -> list[OpenProblem]:
    statement = (
        select(Problem, visible_to(actor))
        .where(Problem.place_id == place_id, ~col(Problem.is_accusation), col(Problem.state).not_in(CLOSED_STATES))
        .order_by(col(Problem.raised_at), col(Problem.id))
        .limit(MAX_ITEMS)
    )
    return [
        OpenProblem(
            id=problem.id if is_visible else None,
            category_code=problem.category_code,
            state=problem.state,
            raised_on=day_of(problem.raised_at),
            description=problem.description if is_visible else None,
        )
        for problem, is_visible in (await session.exec(statement)).all()
    ]


async def _past_visits(session: AsyncSession, place_id: UUID) -> list[PastVisit]:
    statement = (
        sa.select(Visit.checked_in_at, Visit.purpose, Organisation.id, Organisation.name)  # type: ignore[call-overload]  # columns of SQLModel
        .join(Organisation, col(Organisation.id) == col(Visit.organisation_id))
        .where(col(Visit.place_id) == place_id, col(Visit.state) == VisitState.ENDED)
        .order_by(col(Visit.checked_in_at).desc(), col(Visit.id).desc())
        .limit(LAST_VISITS)
    )
    rows: list[Any] = list((await (await session.connection()).execute(statement)).all())
    return [
        PastVisit(
            visited_on=day_of(row.checked_in_at),
            organisation_id=row.id,
            organisation_name=row.name,
            purpose=row.purpose,
        )
        for row in rows
    ]


async def _promises(session: AsyncSession, actor: Actor, place_id: UUID) -> list[OpenPromise]:
    statement = (
        select(Promise, is_visible_to(actor))
        .where(Promise.place_id == place_id, Promise.state == PromiseState.OPEN)
        .order_by(col(Promise.due_on), col(Promise.id))
        .limit(MAX_ITEMS)
    )
    return [
        OpenPromise(
            id=promise.id if is_visible else None,
            due_on=promise.due_on,
            content=promise.content if is_visible else None,
        )
        for promise, is_visible in (await session.exec(statement)).all()
    ]
