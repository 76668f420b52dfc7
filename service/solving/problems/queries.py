"""Read problems: raised by the actor, or of an organisation in reach (owner, raiser or place).

The place gives no access to an accusation, and barred persons never see it (`accusations.py`).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.foundation.common import PageQuery
from schemas.solving.problems import ProblemOut, ProblemQuery, SettingVersionQuery
from service.foundation.errors import NotFound
from service.foundation.events.tables import Timer
from service.foundation.paging import Slice, by_code, filter_equal, page_newest_first, slice_page_by_code
from service.foundation.workdays import end_of_day
from service.ground.places.tables import Place
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.solving.problems import accusations, deadlines, rules
from service.solving.problems.errors import ProblemNotFound
from service.solving.problems.tables import Problem, ProblemCategory
from service.solving.problems.versions import VersionedTable


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """SQL condition: the problems that the actor may read."""
    reachable = sa.select(scope.reachable(actor).subquery().c.id)
    places = select(Place.id).where(col(Place.organisation_id).in_(reachable))
    visible = sa.or_(
        col(Problem.owner_id).in_(reachable),
        col(Problem.organisation_id).in_(reachable),
        sa.and_(~col(Problem.is_accusation), col(Problem.place_id).in_(places)),
    )
    visible = sa.and_(visible, ~accusations.is_barred(actor))
    return sa.or_(visible, col(Problem.raised_by) == actor.id) if scope.sees_own(actor) else visible


async def read_problem(session: AsyncSession, actor: Actor, problem_id: UUID) -> ProblemOut:
    """Read a problem. Raises ProblemNotFound."""
    row = (await session.exec(select(Problem).where(Problem.id == problem_id, visible_to(actor)))).first()
    if row is None:
        raise ProblemNotFound(problem_id=str(problem_id))
    return (await problems_out(session, [row]))[0]


async def list_problems(session: AsyncSession, actor: Actor, query: ProblemQuery) -> Slice[ProblemOut]:
    """List the problems that the actor may read, newest first."""
    statement = filter_equal(select(Problem).where(visible_to(actor)), Problem, query, "state", "place_id", "owner_id")
    rows = await page_newest_first(session, statement, col(Problem.raised_at), col(Problem.id), query)
    return Slice(await problems_out(session, rows.rows), rows.next_cursor)


async def problems_out(session: AsyncSession, rows: Sequence[Problem]) -> list[ProblemOut]:
    """Add the running timers, the accused organisations and the possible verbs."""
    timers = select(Timer).where(col(Timer.subject_id).in_([row.id for row in rows]))
    due_at: dict[tuple[UUID, str], datetime] = {
        (timer.subject_id, timer.kind): timer.due_at for timer in (await session.exec(timers)).all()
    }
    accused = await accusations.accused_by_problem(session, rows)
    return [
        ProblemOut.model_validate(
            {
                **row.model_dump(),
                "accused_ids": accused.get(row.id, []),
                "respond_by": due_at.get((row.id, deadlines.RESPOND_BY)),
                "solve_by": due_at.get((row.id, deadlines.SOLVE_BY)),
                "possible": rules.possible_moves(row.state),
            }
        )
        for row in rows
    ]


async def list_categories(session: AsyncSession, query: PageQuery) -> Slice[ProblemCategory]:
    """List the categories by code. Everybody who is signed in may read them."""
    statement = by_code(select(ProblemCategory), col(ProblemCategory.code), query)
    rows = (await session.exec(statement)).all()
    return slice_page_by_code(rows, query, lambda row: row.code)


async def list_versions(
    session: AsyncSession, table: VersionedTable, key: UUID | str, query: SettingVersionQuery
) -> Slice[Any]:
    """List the versions of a category or route, newest first. Raises NotFound.

    With `on`: the version in force at the end of that day and the earlier ones.
    """
    if await session.get(table.row, key) is None:
        raise NotFound
    version = table.version
    statement: SelectOfScalar[Any] = select(version).where(getattr(version, table.reference) == key)
    if query.on:
        statement = statement.where(
            sa.or_(version.in_force_from.is_(None), version.in_force_from < end_of_day(query.on))
        )
    return await page_newest_first(session, statement, version.recorded_at, version.id, query)
