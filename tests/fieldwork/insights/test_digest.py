"""The digest tells whole months in numbers of five and more; nothing is lost silently or undone by subtraction."""

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


async def asked(world: World, clock: FakeClock, who: str = "officer", days: int = 9, **said: str) -> httpx.Response:
    """The digest as somebody reads it some days later; nine: on 1 December."""
    clock.move(days=days)
    answer = await world.api.as_(world.people[who]).get(DIGEST, params=NOVEMBER | said)
    clock.move(days=-days)
    return answer


async def told(world: World, clock: FakeClock, who: str = "officer", **said: str) -> dict[str, Any]:
    answer = await asked(world, clock, who, **said)
    assert answer.status_code == 200, answer.text
    digest: dict[str, Any] = answer.json()
    return digest


async def test_it_shows_five_and_more_and_never_who_or_what(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.written(f"cadre{number}")
    await world.written("cadre0", kind="policy_feedback")

    answer = await asked(world, clock)

    assert answer.status_code == 200, answer.text
    [line] = answer.json()["lines"]
    assert (line["month_on"], line["heard"], line["places"], line["adopted"]) == ("2026-11-01", 5, 1, 0)
    assert line["division_code"] == (world.place.division_code or "")[:9]
    assert (answer.json()["withheld"], answer.json()["without_area"]) == (1, 0)
    assert "公交车" not in answer.text
    assert not any(str(cadre.id) in answer.text for cadre in world.cadres)


async def test_what_one_person_wrote_five_times_is_withheld(world: World, clock: FakeClock) -> None:
    for _ in range(5):
        await world.written("cadre0")

    digest = await told(world, clock)

    assert (digest["lines"], digest["withheld"]) == ([], 5)


async def test_it_tells_of_the_organisations_in_reach_only(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.written(f"cadre{number}")

    digest = await told(world, clock, "stranger")

    assert (digest["lines"], digest["withheld"], digest["without_area"]) == ([], 0, 0)


async def test_a_grid_is_counted_where_its_community_lies(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    community = await build.an_organisation(session)
    grid = await build.a_place(session, community, kind=PlaceKind.GRID, parent_id=world.place.id)
    await session.commit()
    for number in range(5):
        await world.written(f"cadre{number}", place_id=str((grid if number else world.place).id))

    [line] = (await told(world, clock))["lines"]

    assert (line["heard"], line["places"]) == (5, 2)
    assert line["division_code"] == (world.place.division_code or "")[:9]


async def test_what_was_heard_where_no_division_is_known_is_counted(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    nowhere = await build.a_place(session, world.bureau, kind=PlaceKind.ENTERPRISE)
    await session.commit()
    for number in range(5):
        await world.written(f"cadre{number}", place_id=str(nowhere.id))

    everywhere = await told(world, clock)
    one_area = await told(world, clock, division_code=(world.place.division_code or "")[:6])

    for digest in (everywhere, one_area):
        assert (digest["lines"], digest["withheld"], digest["without_area"]) == ([], 0, 5)


async def test_an_area_is_asked_for_down_to_the_township(world: World, clock: FakeClock) -> None:
    code = world.place.division_code or ""
    for number in range(5):
        await world.written(f"cadre{number}")

    found = [(await told(world, clock, division_code=code[:digits]))["lines"] for digits in (2, 4, 6, 9)]
    too_fine = await asked(world, clock, division_code=code)

    assert [len(lines) for lines in found] == [1, 1, 1, 1]
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
async def test_a_span_shifted_by_a_day_or_not_over_is_refused(
    world: World, clock: FakeClock, span: dict[str, str]
) -> None:
    answer = await asked(world, clock, **span)

    assert refusal(answer) == (422, "insight.not_whole_months")
    assert "目前最晚 2026年11月30日" in answer.text


async def test_a_month_is_over_at_midnight_in_china(world: World, clock: FakeClock) -> None:
    before, after = [await asked(world, clock, days=8 + moved / 24) for moved in (13.9, 14.1)]

    assert refusal(before) == (422, "insight.not_whole_months")
    assert after.status_code == 200


async def test_two_months_say_no_more_than_each_alone(world: World, clock: FakeClock) -> None:
    for number in range(5):
        await world.written(f"cadre{number}")
    clock.move(days=14)
    await world.api.as_(world.cadres[5]).put("/v1/insights/01936f5e-7c00-7000-8000-0000000d1e57", json=world.asked())
    clock.move(days=-14)

    both = (await asked(world, clock, days=45, until_on="2026-12-31")).json()

    assert [(line["month_on"], line["heard"]) for line in both["lines"]] == [("2026-11-01", 5)]
    assert both["withheld"] == 1


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_at_the_end_of_the_calendar_is_refused(world: World, day: str) -> None:
    answer = await world.phones["officer"].get(DIGEST, params={"from_on": day, "until_on": day})

    assert refusal(answer) == (422, "request.invalid")


async def test_a_span_that_cannot_be_is_told(world: World) -> None:
    backwards = await world.phones["officer"].get(DIGEST, params={"from_on": "2026-11-23", "until_on": "2026-11-22"})
    long = await world.phones["officer"].get(DIGEST, params={"from_on": "2020-01-01", "until_on": "2026-11-22"})

    assert {refusal(backwards), refusal(long)} == {(422, "insight.span_too_long")}
