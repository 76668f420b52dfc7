"""Reading problems: raised by oneself, owned by or raised in an organisation in reach, or at one of its places.

An accusation is not seen through its place, nor by anybody of the accused (`accusations.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import CATALOGUE, EventName
from schemas.foundation.common import PageQuery
from schemas.solving.problems import ProblemOut, ProblemQuery, SettingVersionQuery
from service.foundation.errors import NotFound
from service.foundation.events.tables import Event, Timer
from service.foundation.paging import Slice, by_code, filter_equal, page_newest_first, sliced_by_code
from service.foundation.workdays import BEIJING, end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation
from service.solving.problems import accusations, deadlines, rules
from service.solving.problems.errors import ProblemNotFound
from service.solving.problems.tables import Problem, ProblemCategory
from service.solving.problems.versions import Kept


def visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Which problems the actor may read."""
    reachable = sa.select(scope.reachable(actor).subquery().c.id)
    places = select(Place.id).where(col(Place.organisation_id).in_(reachable))
    seen = sa.or_(
        col(Problem.owner_id).in_(reachable),
        col(Problem.organisation_id).in_(reachable),
        sa.and_(~col(Problem.is_accusation), col(Problem.place_id).in_(places)),
    )
    seen = sa.and_(seen, ~accusations.is_withheld(actor))
    return sa.or_(seen, col(Problem.raised_by) == actor.id) if scope.sees_own(actor) else seen


async def one(session: AsyncSession, actor: Actor, problem_id: UUID) -> ProblemOut:
    """A problem the actor may see. Raises ProblemNotFound."""
    found = (await session.exec(select(Problem).where(Problem.id == problem_id, visible(actor)))).first()
    if found is None:
        raise ProblemNotFound(problem_id=str(problem_id))
    return (await shown(session, [found]))[0]


async def page(session: AsyncSession, actor: Actor, query: ProblemQuery) -> Slice[ProblemOut]:
    """Problems the actor may see, newest first."""
    statement = filter_equal(select(Problem).where(visible(actor)), Problem, query, "state", "place_id", "owner_id")
    found = await page_newest_first(session, statement, col(Problem.raised_at), col(Problem.id), query)
    return Slice(await shown(session, found.rows), found.next_cursor)


async def shown(session: AsyncSession, rows: Sequence[Problem]) -> list[ProblemOut]:
    """Problems with their running timers and what may be done to them."""
    timers = select(Timer).where(col(Timer.subject_id).in_([row.id for row in rows]))
    due: dict[tuple[UUID, str], datetime] = {
        (clock.subject_id, clock.kind): clock.due_at for clock in (await session.exec(timers)).all()
    }
    accused = await accusations.accused_of(session, rows)
    return [
        ProblemOut.model_validate(
            {
                **row.model_dump(),
                "accused_ids": accused.get(row.id, []),
                "respond_by": due.get((row.id, deadlines.RESPOND_BY)),
                "solve_by": due.get((row.id, deadlines.SOLVE_BY)),
                "possible": rules.possible(row.state),
            }
        )
        for row in rows
    ]


async def categories(session: AsyncSession, query: PageQuery) -> Slice[ProblemCategory]:
    """The categories by code. They are open to everybody signed in."""
    statement = by_code(select(ProblemCategory), col(ProblemCategory.code), query)
    rows = (await session.exec(statement)).all()
    return sliced_by_code(rows, query, lambda row: row.code)


async def versions_of(session: AsyncSession, row: Kept, key: UUID | str, query: SettingVersionQuery) -> Slice[Any]:
    """How a category or route was, newest first; with `on` from the version in force at the end of that day backwards.

    Raises NotFound.
    """
    if await session.get(row.row, key) is None:
        raise NotFound
    version = row.version
    statement: SelectOfScalar[Any] = select(version).where(getattr(version, row.of) == key)
    if query.on:
        statement = statement.where(sa.or_(version.held_from.is_(None), version.held_from < end_of_day(query.on)))
    return await page_newest_first(session, statement, version.recorded_at, version.id, query)


@dataclass(frozen=True)
class Step:
    """One line of the history, as the person reads it."""

    day: str
    what: str


@dataclass(frozen=True)
class ForPage:
    """What the private page shows besides the problem itself: names and history, nobody's person."""

    place: str
    owner: str | None
    steps: list[Step]


async def for_page(session: AsyncSession, problem: Problem) -> ForPage:
    """For the person who raised it: where, who owns it, and what happened when."""
    place = (await session.exec(select(Place.name).where(Place.id == problem.place_id))).one()
    owner = (await session.exec(select(Organisation.name).where(Organisation.id == problem.owner_id))).first()
    events = select(Event).where(Event.subject_id == problem.id, Event.name != EventName.PROBLEM_OVERDUE.value)
    rows = (await session.exec(events.order_by(col(Event.epoch), col(Event.transaction_id), col(Event.id)))).all()
    return ForPage(place, owner, [_step(event) for event in rows])


def _step(event: Event) -> Step:
    day = event.occurred_at.astimezone(BEIJING)
    return Step(f"{day:%Y-%m-%d %H:%M}", CATALOGUE[EventName(event.name)].zh)
