"""What the figures count: outcomes of the problems a person raised, within days as Beijing counts them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.solving.problems import ProblemOutcome
from service.foundation.events.actors import EventActor
from service.judgement.assessments.indicators import INDICATORS, median_value
from tests import build
from tests.build.assessments import ANSWERED, CONFIRMED, RAISED_AT, REOPENED, World, a_problem, happened
from tests.conftest import START


def figures(dossier: Any) -> dict[str, tuple[float | None, int]]:
    """code → (value, rows behind it)."""
    return {figure["code"]: (figure["value"], figure["evidence"]) for figure in dossier["figures"]}


async def evidence(world: World, url: str, code: str) -> list[Any]:
    answer = await world.cadre.get(f"{url}/dossiers/{world.county.cadre.id}/indicators/{code}/evidence")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_a_dossier_tells_outcomes_and_nothing_else(world: World, session: AsyncSession) -> None:
    explained = await a_problem(session, world.county.cadre, world.place, outcome=ProblemOutcome.EXPLAINED)
    await happened(
        session,
        explained,
        (ANSWERED, RAISED_AT + timedelta(days=1)),
        (REOPENED, RAISED_AT + timedelta(days=2)),
        (ANSWERED, RAISED_AT + timedelta(days=6)),
        (CONFIRMED, RAISED_AT + timedelta(days=7)),
    )
    await session.commit()

    dossier = await world.dossier(await world.opened())

    assert figures(dossier) == {
        "problems_confirmed_solved": (1, 1),
        "median_days_to_answer": (1.75, 2),
        "problems_reopened": (1, 1),
        "residents_satisfied": (2, 2),
    }
    assert (dossier["frozen_at"], dossier["jws"]) == (None, None)


async def test_a_word_the_assessed_person_passed_on_is_no_evidence(world: World, session: AsyncSession) -> None:
    before = figures(await world.dossier(await world.opened()))
    passed_on = await a_problem(session, world.county.cadre, world.place)
    words = ((REOPENED, RAISED_AT + timedelta(days=2)), (CONFIRMED, RAISED_AT + timedelta(days=3)))
    await happened(session, passed_on, *words, by=EventActor.person(world.county.cadre.id))
    await session.commit()

    after = figures(await world.dossier(await world.opened()))

    assert after == before


async def test_nothing_to_count_from_is_null_and_not_zero_days(world: World) -> None:
    dossier = await world.dossier(await world.opened(), world.county.officer, world.officer)

    assert figures(dossier)["median_days_to_answer"] == (None, 0)
    assert figures(dossier)["problems_confirmed_solved"] == (0, 0)


async def test_each_figure_opens_to_the_rows_behind_it(world: World) -> None:
    rows = await evidence(world, await world.opened(), "problems_confirmed_solved")

    assert [(row["event_name"], row["subject_id"], row["value"]) for row in rows] == [
        ("problem.confirmed", str(world.problem.id), 1)
    ]
    assert rows[0]["link"].endswith(f"/v1/problems/{world.problem.id}")
    assert rows[0]["occurred_at"] == (RAISED_AT + timedelta(days=3)).isoformat().replace("+00:00", "Z")


async def test_evidence_comes_in_pages_newest_first_and_each_row_once(world: World, session: AsyncSession) -> None:
    same_moment = RAISED_AT + timedelta(days=4)
    for _ in range(4):
        await happened(session, await a_problem(session, world.county.cadre, world.place), (CONFIRMED, same_moment))
    await session.commit()
    url = f"{await world.opened()}/dossiers/{world.county.cadre.id}/indicators/residents_satisfied/evidence"

    shown, cursor = [], None
    while True:
        page = (await world.cadre.get(url, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        shown += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert len(shown) == len({row["event_id"] for row in shown}) == 5
    assert [row["occurred_at"] for row in shown] == sorted((row["occurred_at"] for row in shown), reverse=True)


async def test_another_persons_problems_never_count(world: World, session: AsyncSession) -> None:
    colleague = await build.a_person(session)
    await happened(session, await a_problem(session, colleague, world.place), (CONFIRMED, START - timedelta(days=1)))
    await session.commit()

    dossier = await world.dossier(await world.opened())

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
async def test_days_begin_and_end_in_beijing(world: World, session: AsyncSession, at: datetime, counts: bool) -> None:
    problem = await a_problem(session, world.county.officer, world.place)
    await happened(session, problem, (REOPENED, at))
    await session.commit()

    url = await world.opened(from_day="2026-11-01", until_day="2026-11-05")
    dossier = await world.dossier(url, world.county.officer, world.officer)

    assert figures(dossier)["problems_reopened"] == (int(counts), int(counts))


async def test_only_the_first_answer_of_a_problem_counts_in_whatever_year_it_came(
    world: World, session: AsyncSession
) -> None:
    problem = await a_problem(session, world.county.officer, world.place)
    await happened(session, problem, (ANSWERED, RAISED_AT + timedelta(days=1)), (ANSWERED, START - timedelta(days=1)))
    await session.commit()

    url = await world.opened(from_day="2026-11-20")
    dossier = await world.dossier(url, world.county.officer, world.officer)

    assert figures(dossier)["median_days_to_answer"] == (None, 0)


def test_the_median_of_an_even_number_lies_between() -> None:
    assert (median_value([]), median_value([3]), median_value([1, 9, 2]), median_value([1, 2])) == (None, 3.0, 2.0, 1.5)


def test_every_definition_is_whole() -> None:
    codes = [indicator.code for indicator in INDICATORS]

    assert len(set(codes)) == len(codes) == 4
    assert all(one.name and one.unit and one.version and one.sources and one.basis for one in INDICATORS)
