"""Deadlines of problems in Chinese working days: start, stop and overdue events."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events import edited_rows
from service.foundation.events.tables import Event, Timer
from service.foundation.workdays import BEIJING, end_of_workday, is_workday
from service.solving.problems.tables import Problem
from tests import build
from tests.operations.worker.steps import sweep
from tests.solving.problems.conftest import ANSWER, World, move_problem, raise_and_answer, raise_problem


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-11-20T10:00", 1, "2026-11-24T00:00"),  # Friday: the next working day is Monday
        ("2026-09-30T10:00", 1, "2026-10-09T00:00"),  # the national holiday lies between
        ("2026-02-13T23:30", 1, "2026-02-15T00:00"),  # a Saturday worked for the Spring Festival
    ],
)
def test_end_of_workday_follows_the_official_calendar(start: str, days: int, end: str) -> None:
    started_at = datetime.fromisoformat(start).replace(tzinfo=BEIJING)

    assert end_of_workday(started_at.astimezone(UTC), days) == datetime.fromisoformat(end).replace(tzinfo=BEIJING)


def test_is_workday_of_an_unannounced_year_is_monday_to_friday() -> None:
    assert [is_workday(date(2099, 6, day)) for day in range(1, 8)] == [True] * 5 + [False] * 2


async def test_new_problem_has_both_deadlines(world: World) -> None:
    url, _ = await raise_problem(world)

    problem = (await world.phone.get(url)).json()

    assert (problem["respond_by"], problem["solve_by"]) == ("2026-11-23T16:00:00Z", "2026-11-27T16:00:00Z")


async def test_deadline_is_removed_when_met(world: World) -> None:
    url, _ = await raise_problem(world)

    accepted = await move_problem(world.handler, url, "acceptance")
    answer = await move_problem(world.handler, url, "answer", ANSWER)

    assert (accepted.json()["respond_by"], accepted.json()["solve_by"] is None) == (None, False)
    assert answer.json()["solve_by"] is None


async def test_rating_not_satisfied_restarts_the_solve_deadline(world: World) -> None:
    url, link = await raise_and_answer(world)

    await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "没修好"})

    assert (await world.phone.get(url)).json()["solve_by"] is not None


async def test_missed_deadline_is_recorded_once(world: World, session: AsyncSession, engine: AsyncEngine) -> None:
    url, _ = await raise_problem(world)
    timer = await session.get(Timer, (UUID(url[-36:]), "problem.respond_by"))
    assert timer is not None
    due_at = timer.due_at
    await session.rollback()

    for _ in range(2):
        await sweep(engine, due_at)

    count = await build.count(session, Event, subject_id=UUID(url[-36:]), name="problem.overdue")
    assert count == 1


async def test_timer_sweep_skips_a_locked_problem(world: World, session: AsyncSession, engine: AsyncEngine) -> None:
    url, _ = await raise_problem(world)
    problem_id = UUID(url[-36:])
    timer = await session.get(Timer, (problem_id, "problem.respond_by"))
    assert timer is not None
    due_at = timer.due_at
    await session.exec(select(Problem).where(Problem.id == problem_id).with_for_update())

    await sweep(engine, due_at)
    timers_left = await build.count(session, Timer, subject_id=problem_id, kind="problem.respond_by")
    await session.rollback()
    await sweep(engine, due_at)

    assert timers_left == 1
    assert await build.count(session, Event, subject_id=problem_id, name="problem.overdue") == 1
    assert problem_id not in await edited_rows.find_edited_rows(session, Problem)


async def test_overdue_event_contains_the_missed_deadline(
    world: World, session: AsyncSession, engine: AsyncEngine
) -> None:
    url, _ = await raise_problem(world)
    due_at = datetime.fromisoformat((await world.phone.get(url)).json()["respond_by"])

    await sweep(engine, due_at + timedelta(days=1))

    overdue = select(Event.payload).where(Event.subject_id == UUID(url[-36:]), Event.name == "problem.overdue")
    assert datetime.fromisoformat((await session.exec(overdue)).one()["due_at"]) == due_at


async def test_stale_timer_of_an_answered_problem_records_nothing(
    world: World, session: AsyncSession, engine: AsyncEngine
) -> None:
    url, _ = await raise_and_answer(world)
    problem_id, due_at = UUID(url[-36:]), datetime(2026, 11, 23, tzinfo=UTC)
    session.add(Timer(subject_id=problem_id, kind="problem.solve_by", due_at=due_at))
    await session.commit()

    await sweep(engine, due_at)

    assert await build.count(session, Event, subject_id=problem_id, name="problem.overdue") == 0
    assert await build.count(session, Timer, subject_id=problem_id) == 0
