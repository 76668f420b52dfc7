"""Selection plans: candidates by criteria, decisions by officers, backgrounds of people."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests.build.county import access_log
from tests.conftest import FakeClock
from tests.ground.placements.conftest import BASED_ON_1, SELECTIONS_URL, World, refusal

SELECTED = {"decision": "selected", "reason": "本人愿意"}
DEFERRED = {"decision": "deferred", "reason": "家中有困难"}
BORN_1995 = {"birth_year": 1995, "grassroots_months": 3}
CRITERIA = {"born_in_or_after": 1990, "grassroots_months_below": 24}


async def create_plan(world: World, **changes: Any) -> str:
    url = f"{SELECTIONS_URL}/{new_id()}"
    body = {"organisation_id": str(world.bureau.id), "year": 2026, "criteria": CRITERIA, "planned": 2} | changes
    answer = await world.as_("officer").put(url, json=body)
    assert answer.status_code == 201, answer.text
    return url


async def set_background(world: World, name: str, birth_year: int, months: int) -> None:
    url = f"/v1/people/{world.people[name].id}/background"
    answer = await world.as_("officer").put(url, json={"birth_year": birth_year, "grassroots_months": months})
    assert answer.status_code == 204, answer.text


async def list_candidates(world: World, url: str) -> dict[str, dict[str, Any]]:
    items = (await world.as_("officer").get(f"{url}/candidates")).json()["items"]
    names = {str(person.id): name for name, person in world.people.items()}
    return {names[item["person_id"]]: item for item in items}


async def test_candidates_exclude_mismatches_and_include_unknown_backgrounds(world: World) -> None:
    await set_background(world, "young", 1995, 3)
    await set_background(world, "old", 1970, 100)
    url = await create_plan(world)

    candidates = await list_candidates(world, url)

    assert set(candidates) == {"young", "officer", "colleague"}
    assert (candidates["young"]["birth_year"], candidates["young"]["grassroots_months"]) == (1995, 3)
    assert candidates["officer"]["grassroots_months"] is None


async def test_candidates_grassroots_months_include_placements(world: World) -> None:
    await set_background(world, "young", 1995, 20)
    await world.start(begins_on="2026-01-01", ends_on="2026-12-31")
    url = await create_plan(world)

    assert "young" not in await list_candidates(world, url)


async def test_candidates_grassroots_months_count_overlapping_days_once(world: World) -> None:
    await set_background(world, "young", 1995, 0)
    await world.start(begins_on="2026-01-01", ends_on="2026-06-30")
    await world.start(begins_on="2026-04-01", ends_on="2026-06-30", kind="secondment")
    await world.start(begins_on="2026-08-01", ends_on="2026-08-31")
    url = await create_plan(world)

    # 181 + 31 days, not 181 + 91 + 31
    assert (await list_candidates(world, url))["young"]["grassroots_months"] == 6


async def test_decision_change_needs_current_version_and_keeps_earlier_one(world: World) -> None:
    await set_background(world, "young", 1995, 3)
    url = await create_plan(world)
    decision = f"{url}/decisions/{world.people['young'].id}"
    missing = await world.as_("officer").get(decision)

    first = await world.as_("officer").put(decision, json=SELECTED)
    again = await world.as_("colleague").put(decision, json=SELECTED)
    without_version = await world.as_("officer").put(decision, json=DEFERRED)
    later = await world.as_("officer").put(decision, json=DEFERRED, headers=BASED_ON_1)
    stale = await world.as_("officer").put(decision, json=SELECTED, headers=BASED_ON_1)

    assert refusal(missing) == (404, "selection_decision.not_found")
    assert [answer.status_code for answer in (first, again, later)] == [204, 204, 204]
    assert (first.headers["ETag"], later.headers["ETag"]) == ('"1"', '"2"')
    assert (refusal(without_version), refusal(stale)) == ((428, "version.missing"), (412, "version.stale"))
    item = (await list_candidates(world, url))["young"]
    assert (item["decision"], item["decision_version"]) == ("deferred", 2)
    current = (await world.as_("officer").get(decision)).json()
    assert (current["reason"], [row["reason"] for row in current["earlier"]]) == (
        DEFERRED["reason"],
        [SELECTED["reason"]],
    )


async def test_candidates_with_decision_remain_when_criteria_no_longer_match(
    world: World, session: AsyncSession
) -> None:
    await set_background(world, "young", 1995, 3)
    url = await create_plan(world)
    decision = f"{url}/decisions/{world.people['young'].id}"
    await world.as_("officer").put(decision, json=SELECTED)
    before = (await list_candidates(world, url))["young"]["fits_criteria"]

    await set_background(world, "young", 1970, 100)

    item = (await list_candidates(world, url))["young"]
    assert (before, item["fits_criteria"], item["decision"]) == (True, False, "selected")
    changed = await world.as_("officer").put(decision, json=DEFERRED, headers=BASED_ON_1)
    assert changed.status_code == 204


async def test_decision_and_background_about_own_person_are_refused(world: World) -> None:
    url = await create_plan(world)
    own_id = world.people["officer"].id

    refused = [
        await world.as_("officer").put(f"{url}/decisions/{own_id}", json=SELECTED),
        await world.as_("officer").put(f"/v1/people/{own_id}/background", json=BORN_1995),
    ]

    assert {refusal(answer) for answer in refused} == {(403, "placement.own_case")}
    assert (await list_candidates(world, url))["officer"]["decision"] is None


async def test_decision_and_background_concurrent_repeats_all_succeed(world: World) -> None:
    url = await create_plan(world)
    young, officer = world.people["young"].id, world.as_("officer")

    backgrounds = await asyncio.gather(
        *(officer.put(f"/v1/people/{young}/background", json=BORN_1995) for _ in range(6))
    )
    decisions = await asyncio.gather(*(officer.put(f"{url}/decisions/{young}", json=SELECTED) for _ in range(6)))

    assert [answer.status_code for answer in (*backgrounds, *decisions)] == [204] * 12
    assert {answer.headers["ETag"] for answer in (*backgrounds, *decisions)} == {'"1"'}


async def test_background_reading_is_logged_and_shows_earlier_values(world: World, settings: Settings) -> None:
    url = f"/v1/people/{world.people['young'].id}/background"
    missing = await world.as_("officer").get(url)
    await set_background(world, "young", 1995, 3)
    await set_background(world, "young", 1996, 4)

    stale = await world.as_("officer").put(url, json=BORN_1995, headers=BASED_ON_1)
    current = await world.as_("officer").get(url)

    assert refusal(missing) == (404, "person_background.not_found")
    assert refusal(stale) == (412, "version.stale")
    assert (current.json()["birth_year"], current.headers["ETag"]) == (1996, '"2"')
    assert [(row["birth_year"], row["grassroots_months"]) for row in current.json()["earlier"]] == [(1995, 3)]
    assert (await world.as_("stranger").get(url)).status_code == 404
    assert access_log(settings, url.split("/")[3]) == [("person_background.read", str(world.people["officer"].id))]


async def test_background_with_birth_year_in_future_is_refused(world: World, clock: FakeClock) -> None:
    url = f"/v1/people/{world.people['young'].id}/background"
    year = clock().year

    next_year = await world.as_("officer").put(url, json={"birth_year": year + 1, "grassroots_months": 0})
    this_year = await world.as_("officer").put(url, json={"birth_year": year, "grassroots_months": 0})

    assert refusal(next_year) == (422, "person_background.birth_year_in_future")
    assert this_year.status_code == 204


async def test_plan_list_filters_by_organisation_and_year(world: World) -> None:
    urls = [await create_plan(world, year=year) for year in (2026, 2027)]

    all_plans = (await world.as_("officer").get(SELECTIONS_URL)).json()["items"]
    first = (await world.as_("officer").get(SELECTIONS_URL, params={"limit": 1})).json()
    rest = (await world.as_("officer").get(SELECTIONS_URL, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    params = {"organisation_id": str(world.bureau.id), "year": 2026}
    filtered = (await world.as_("officer").get(SELECTIONS_URL, params=params)).json()["items"]

    assert {plan["id"] for plan in all_plans} == {url[-36:] for url in urls}
    assert {plan["id"] for page in (first, rest) for plan in page["items"]} == {plan["id"] for plan in all_plans}
    assert [plan["id"] for plan in filtered] == [urls[0][-36:]]
    assert (await world.as_("stranger").get(SELECTIONS_URL)).json()["items"] == []


async def test_plan_in_closed_organisation_is_refused(world: World, session: AsyncSession) -> None:
    world.bureau.valid_until = datetime(2026, 1, 1, tzinfo=UTC)
    session.add(world.bureau)
    await session.commit()

    answer = await world.as_("officer").put(
        f"{SELECTIONS_URL}/{new_id()}", json={"organisation_id": str(world.bureau.id), "year": 2026, "criteria": {}}
    )

    assert refusal(answer) == (409, "organisation.is_closed")


async def test_decision_about_person_who_is_not_candidate_is_refused(world: World) -> None:
    await set_background(world, "old", 1970, 100)
    url = await create_plan(world)

    answer = await world.as_("officer").put(
        f"{url}/decisions/{world.people['old'].id}", json={"decision": "selected", "reason": "熟人"}
    )

    assert refusal(answer) == (404, "placement_selection.person_not_listed")


async def test_plan_second_in_same_year_is_refused(world: World) -> None:
    await create_plan(world)

    second = await world.as_("officer").put(
        f"{SELECTIONS_URL}/{new_id()}",
        json={"organisation_id": str(world.bureau.id), "year": 2026, "criteria": {}},
    )

    assert refusal(second) == (409, "placement_selection.exists")


async def test_plan_is_hidden_from_strangers_and_each_reading_is_logged(world: World, settings: Settings) -> None:
    url = await create_plan(world)
    await list_candidates(world, url)

    refused = [
        await world.as_("stranger").get(url),
        await world.as_("stranger").get(f"{url}/candidates"),
        await world.as_("young").get(url),
    ]

    assert {refusal(answer) for answer in refused} == {(404, "placement_selection.not_found")}
    assert access_log(settings, url[-36:]) == [("placement_selection.read", str(world.people["officer"].id))]
