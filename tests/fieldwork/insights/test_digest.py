"""Digest: whole months, small-cell suppression, every insight counted exactly once."""

from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import PlaceKind
from tests import build
from tests.conftest import FakeClock
from tests.fieldwork.insights.conftest import World, refusal

DIGEST = "/v1/insight-digest"
NOVEMBER = {"from_on": "2026-11-01", "until_on": "2026-11-30"}


async def request_digest(
    world: World, clock: FakeClock, who: str = "officer", days: int = 9, **params: str
) -> httpx.Response:
    """Request the digest some days later; nine days later is 1 December."""
    clock.move(days=days)
    answer = await world.api.as_(world.people[who]).get(DIGEST, params=NOVEMBER | params)
    clock.move(days=-days)
    return answer


async def read_digest(world: World, clock: FakeClock, who: str = "officer", **params: str) -> dict[str, Any]:
    answer = await request_digest(world, clock, who, **params)
    assert answer.status_code == 200, answer.text
    digest: dict[str, Any] = answer.json()
    return digest


async def test_digest_shows_counts_of_five_people_without_texts_or_names(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.create_insight(f"cadre{number}")
    await world.create_insight("cadre0", kind="policy_feedback")

    answer = await request_digest(world, clock)

    assert answer.status_code == 200, answer.text
    [line] = answer.json()["lines"]
    assert (line["month_on"], line["insights"], line["places"], line["adopted"]) == ("2026-11-01", 5, 1, 0)
    assert line["division_code"] == (world.place.division_code or "")[:9]
    assert (answer.json()["suppressed"], answer.json()["without_area"]) == (1, 0)
    assert "公交车" not in answer.text
    assert not any(str(cadre.id) in answer.text for cadre in world.cadres)


async def test_digest_suppresses_five_insights_of_one_person(world: World, clock: FakeClock) -> None:
    for _ in range(5):
        await world.create_insight("cadre0")

    digest = await read_digest(world, clock)

    assert (digest["lines"], digest["suppressed"]) == ([], 5)


async def test_digest_counts_only_organisations_in_reach(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.create_insight(f"cadre{number}")

    digest = await read_digest(world, clock, "stranger")

    assert (digest["lines"], digest["suppressed"], digest["without_area"]) == ([], 0, 0)


async def test_digest_counts_a_grid_in_the_township_of_its_community(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    community = await build.an_organisation(session)
    grid = await build.a_place(session, community, kind=PlaceKind.GRID, parent_id=world.place.id)
    await session.commit()
    for number in range(5):
        await world.create_insight(f"cadre{number}", place_id=str((grid if number else world.place).id))

    [line] = (await read_digest(world, clock))["lines"]

    assert (line["insights"], line["places"]) == (5, 2)
    assert line["division_code"] == (world.place.division_code or "")[:9]


async def test_digest_counts_insights_without_a_division_separately(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    nowhere = await build.a_place(session, world.bureau, kind=PlaceKind.ENTERPRISE)
    await session.commit()
    for number in range(5):
        await world.create_insight(f"cadre{number}", place_id=str(nowhere.id))

    everywhere = await read_digest(world, clock)
    one_area = await read_digest(world, clock, division_code=(world.place.division_code or "")[:6])

    for digest in (everywhere, one_area):
        assert (digest["lines"], digest["suppressed"], digest["without_area"]) == ([], 0, 5)


async def test_digest_area_is_a_township_at_the_smallest(world: World, clock: FakeClock) -> None:
    code = world.place.division_code or ""
    for number in range(5):
        await world.create_insight(f"cadre{number}")

    lines_by_digits = [
        (await read_digest(world, clock, division_code=code[:digits]))["lines"] for digits in (2, 4, 6, 9)
    ]
    too_fine = await request_digest(world, clock, division_code=code)

    assert [len(lines) for lines in lines_by_digits] == [1, 1, 1, 1]
    assert refusal(too_fine) == (422, "insight.area_too_fine")
    assert f"请改用 {code[:9]}。" in too_fine.text


@pytest.mark.parametrize(
    "span",
    [
        {"from_on": "2026-11-02"},
        {"until_on": "2026-11-29"},
        {"from_on": "2026-10-31"},
        {"until_on": "2026-12-31"},
    ],
)
async def test_digest_of_incomplete_or_unfinished_months_is_refused(
    world: World, clock: FakeClock, span: dict[str, str]
) -> None:
    answer = await request_digest(world, clock, **span)

    assert refusal(answer) == (422, "insight.not_whole_months")
    assert "目前最晚 2026年11月30日" in answer.text


async def test_digest_month_ends_at_midnight_in_beijing(world: World, clock: FakeClock) -> None:
    before, after = [await request_digest(world, clock, days=8 + hours / 24) for hours in (13.9, 14.1)]

    assert refusal(before) == (422, "insight.not_whole_months")
    assert after.status_code == 200


async def test_digest_of_two_months_shows_no_more_than_each_month_alone(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.create_insight(f"cadre{number}")
    clock.move(days=14)
    await world.api.as_(world.cadres[5]).put("/v1/insights/01936f5e-7c00-7000-8000-0000000d1e57", json=world.body())
    clock.move(days=-14)

    both = (await request_digest(world, clock, days=45, until_on="2026-12-31")).json()

    assert [(line["month_on"], line["insights"]) for line in both["lines"]] == [("2026-11-01", 5)]
    assert both["suppressed"] == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_digest_with_a_day_out_of_range_is_refused(world: World, day: str) -> None:
    answer = await world.phones["officer"].get(DIGEST, params={"from_on": day, "until_on": day})

    assert refusal(answer) == (422, "request.invalid")


async def test_digest_of_a_reversed_or_too_long_span_is_refused(world: World) -> None:
    backwards = await world.phones["officer"].get(DIGEST, params={"from_on": "2026-11-23", "until_on": "2026-11-22"})
    long = await world.phones["officer"].get(DIGEST, params={"from_on": "2020-01-01", "until_on": "2026-11-22"})

    assert {refusal(backwards), refusal(long)} == {(422, "insight.span_too_long")}
