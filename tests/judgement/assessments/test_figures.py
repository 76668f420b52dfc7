"""The figures of a dossier and their evidence."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import ProblemOutcome
from service.foundation.events.actors import EventActor
from service.judgement.assessments.indicators import INDICATORS, median_value
from tests import build
from tests.build.assessments import ANSWERED, CONFIRMED, RAISED_AT, REOPENED, World, a_problem, record_events
from tests.conftest import START


def figures(dossier: Any) -> dict[str, tuple[float | None, int]]:
    """Indicator code → (value, number of evidence rows)."""
    return {figure["code"]: (figure["value"], figure["evidence"]) for figure in dossier["figures"]}


async def evidence(world: World, url: str, code: str) -> list[Any]:
    answer = await world.cadre.get(f"{url}/dossiers/{world.county.cadre.id}/indicators/{code}/evidence")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_dossier_contains_the_four_figures(world: World, session: AsyncSession) -> None:
    explained = await a_problem(session, world.county.cadre, world.place, outcome=ProblemOutcome.EXPLAINED)
    await record_events(
        session,
        explained,
        (ANSWERED, RAISED_AT + timedelta(days=1)),
        (REOPENED, RAISED_AT + timedelta(days=2)),
        (ANSWERED, RAISED_AT + timedelta(days=6)),
        (CONFIRMED, RAISED_AT + timedelta(days=7)),
    )
    await session.commit()

    dossier = await world.dossier(await world.open_cycle())

    assert figures(dossier) == {
        "problems_confirmed_solved": (1, 1),
        "median_days_to_answer": (1.75, 2),
        "problems_reopened": (1, 1),
        "residents_satisfied": (2, 2),
    }
    assert (dossier["frozen_at"], dossier["jws"]) == (None, None)


async def test_relayed_rating_is_not_evidence(world: World, session: AsyncSession) -> None:
    before = figures(await world.dossier(await world.open_cycle()))
    rated_problem = await a_problem(session, world.county.cadre, world.place)
    ratings = ((REOPENED, RAISED_AT + timedelta(days=2)), (CONFIRMED, RAISED_AT + timedelta(days=3)))
    await record_events(session, rated_problem, *ratings, by=EventActor.person(world.county.cadre.id))
    await session.commit()

    after = figures(await world.dossier(await world.open_cycle()))

    assert after == before


async def test_median_without_evidence_is_null(world: World) -> None:
    dossier = await world.dossier(await world.open_cycle(), world.county.officer, world.officer)

    assert figures(dossier)["median_days_to_answer"] == (None, 0)
    assert figures(dossier)["problems_confirmed_solved"] == (0, 0)


async def test_evidence_lists_the_events_behind_a_figure(world: World) -> None:
    rows = await evidence(world, await world.open_cycle(), "problems_confirmed_solved")

    assert [(row["event_name"], row["subject_id"], row["value"]) for row in rows] == [
        ("problem.confirmed", str(world.problem.id), 1)
    ]
    assert rows[0]["link"].endswith(f"/v1/problems/{world.problem.id}")
    assert rows[0]["occurred_at"] == (RAISED_AT + timedelta(days=3)).isoformat().replace("+00:00", "Z")


async def test_evidence_is_paged_newest_first_without_repeats(world: World, session: AsyncSession) -> None:
    same_time = RAISED_AT + timedelta(days=4)
    for _ in range(4):
        await record_events(session, await a_problem(session, world.county.cadre, world.place), (CONFIRMED, same_time))
    await session.commit()
    url = f"{await world.open_cycle()}/dossiers/{world.county.cadre.id}/indicators/residents_satisfied/evidence"

    rows, cursor = [], None
    while True:
        page = (await world.cadre.get(url, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        rows += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(rows) == len({row["event_id"] for row in rows}) == 5
    assert [row["occurred_at"] for row in rows] == sorted((row["occurred_at"] for row in rows), reverse=True)


async def test_problems_of_another_person_are_not_counted(world: World, session: AsyncSession) -> None:
    colleague = await build.a_person(session)
    await record_events(
        session, await a_problem(session, colleague, world.place), (CONFIRMED, START - timedelta(days=1))
    )
    await session.commit()

    dossier = await world.dossier(await world.open_cycle())

    assert figures(dossier)["residents_satisfied"] == (1, 1)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 5, 15, 59, 59, 999999, tzinfo=UTC), True),
        (datetime(2026, 11, 5, 16, 0, tzinfo=UTC), False),
    ],
)
async def test_cycle_days_begin_and_end_in_beijing_time(
    world: World, session: AsyncSession, at: datetime, counts: bool
) -> None:
    problem = await a_problem(session, world.county.officer, world.place)
    await record_events(session, problem, (REOPENED, at))
    await session.commit()

    url = await world.open_cycle(from_day="2026-11-01", until_day="2026-11-05")
    dossier = await world.dossier(url, world.county.officer, world.officer)

    assert figures(dossier)["problems_reopened"] == (int(counts), int(counts))


async def test_only_the_first_answer_of_a_problem_counts(world: World, session: AsyncSession) -> None:
    problem = await a_problem(session, world.county.officer, world.place)
    await record_events(
        session, problem, (ANSWERED, RAISED_AT + timedelta(days=1)), (ANSWERED, START - timedelta(days=1))
    )
    await session.commit()

    url = await world.open_cycle(from_day="2026-11-20")
    dossier = await world.dossier(url, world.county.officer, world.officer)

    assert figures(dossier)["median_days_to_answer"] == (None, 0)


def test_median_value_of_an_even_number_is_the_mean_of_two() -> None:
    assert (median_value([]), median_value([3]), median_value([1, 9, 2]), median_value([1, 2])) == (None, 3.0, 2.0, 1.5)


def test_every_indicator_definition_is_complete() -> None:
    codes = [indicator.code for indicator in INDICATORS]

    assert len(set(codes)) == len(codes) == 4
    assert all(entry.name and entry.unit and entry.version and entry.sources and entry.basis for entry in INDICATORS)
