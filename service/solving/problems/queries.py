"""Reading problems: raised by oneself, owned by or raised in an organisation in reach, or at one of its places.

An accusation is not seen through its place, nor by anybody of the accused (`accusations.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.events import CATALOGUE, EventName
from schemas.solving.problems import ProblemOut, ProblemState
from service.foundation.errors import NotFound
from service.foundation.events.tables import Event, Timer
from service.foundation.paging import Key, PageQuery, Slice, after, newest_first, sliced
from service.foundation.workdays import BEIJING, end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.tree.tables import Organisation
from service.solving.problems import accusations, deadlines, rules
from service.solving.problems.errors import ProblemNotFound
from service.solving.problems.tables import Problem, ProblemCategory
from service.solving.problems.versions import Kept


@dataclass(frozen=True)
class Wanted:
    """Narrowing of the list; None means all."""

    state: ProblemState | None = None
    place_id: UUID | None = None
    owner_id: UUID | None = None


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


async def page(session: AsyncSession, actor: Actor, wanted: Wanted, page_query: PageQuery) -> Slice[ProblemOut]:
    """Problems the actor may see, newest first."""
    statement = select(Problem).where(visible(actor))
    for column, value in (("state", wanted.state), ("place_id", wanted.place_id), ("owner_id", wanted.owner_id)):
        if value is not None:
            statement = statement.where(getattr(Problem, column) == value)
    if page_query.after:
        statement = statement.where(after(col(Problem.raised_at), col(Problem.id), page_query.after))
    newest_first = statement.order_by(col(Problem.raised_at).desc(), col(Problem.id).desc())
    rows = (await session.exec(newest_first.limit(page_query.limit + 1))).all()
    found = sliced(rows, page_query.limit, lambda row: Key(row.raised_at, row.id))
    return Slice(await shown(session, found.rows), found.last)


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


async def categories(
    session: AsyncSession, after_code: str | None, limit: int
) -> tuple[Sequence[ProblemCategory], str | None]:
    """The categories by code, and the code to go on from. They are open to everybody signed in."""
    statement = select(ProblemCategory).order_by(col(ProblemCategory.code)).limit(limit + 1)
    if after_code:
        statement = statement.where(col(ProblemCategory.code) > after_code)
    rows = (await session.exec(statement)).all()
    shown_rows = rows[:limit]
    return shown_rows, shown_rows[-1].code if len(rows) > limit else None


async def versions_of(
    session: AsyncSession, row: Kept, key: UUID | str, on: date | None, page_query: PageQuery
) -> Slice[Any]:
    """How a category or route was, newest first; with `on` from the version that held at that day's end backwards.

    Raises NotFound.
    """
    if await session.get(row.row, key) is None:
        raise NotFound
    version = row.version
    statement: SelectOfScalar[Any] = select(version).where(getattr(version, row.of) == key)
    if on:
        statement = statement.where(sa.or_(version.held_from.is_(None), version.held_from < end_of_day(on)))
    return await newest_first(session, statement, version.recorded_at, version.id, page_query)


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
