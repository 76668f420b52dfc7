"""A plan lists whom its criteria fit, with the facts and in no order of merit; people decide."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests.build.county import access_log
from tests.conftest import FakeClock
from tests.ground.placements.conftest import BASED_ON_1, PLANS, World, refusal

CHOSEN = {"decision": "selected", "reason": "本人愿意"}
NOT_NOW = {"decision": "deferred", "reason": "家中有困难"}
BORN_1995 = {"birth_year": 1995, "grassroots_months": 3}
CRITERIA = {"born_in_or_after": 1990, "grassroots_months_below": 24}


async def a_plan(world: World, **said: Any) -> str:
    url = f"{PLANS}/{new_id()}"
    body = {"organisation_id": str(world.bureau.id), "year": 2026, "criteria": CRITERIA, "planned": 2} | said
    answer = await world.as_("officer").put(url, json=body)
    assert answer.status_code == 201, answer.text
    return url


async def is_known(world: World, who: str, birth_year: int, months: int) -> None:
    url = f"/v1/people/{world.people[who].id}/background"
    answer = await world.as_("officer").put(url, json={"birth_year": birth_year, "grassroots_months": months})
    assert answer.status_code == 204, answer.text


async def listed(world: World, url: str) -> dict[str, dict[str, Any]]:
    found = (await world.as_("officer").get(f"{url}/candidates")).json()["items"]
    names = {str(person.id): who for who, person in world.people.items()}
    return {names[item["person_id"]]: item for item in found}


async def test_the_criteria_exclude_and_the_unknown_stay_for_people_to_look_at(world: World) -> None:
    await is_known(world, "young", 1995, 3)
    await is_known(world, "old", 1970, 100)
    url = await a_plan(world)

    found = await listed(world, url)

    assert set(found) == {"young", "officer", "colleague"}
    assert (found["young"]["birth_year"], found["young"]["grassroots_months"]) == (1995, 3)
    assert found["officer"]["grassroots_months"] is None


async def test_months_of_placements_here_are_added(world: World) -> None:
    await is_known(world, "young", 1995, 20)
    await world.started(begins_on="2026-01-01", ends_on="2026-12-31")
    url = await a_plan(world)

    assert "young" not in await listed(world, url)


async def test_a_day_at_two_placements_at_once_counts_once(world: World) -> None:
    await is_known(world, "young", 1995, 0)
    await world.started(begins_on="2026-01-01", ends_on="2026-06-30")
    await world.started(begins_on="2026-04-01", ends_on="2026-06-30", kind="secondment")
    await world.started(begins_on="2026-08-01", ends_on="2026-08-31")
    url = await a_plan(world)

    # 181 + 31 days, not 181 + 91 + 31
    assert (await listed(world, url))["young"]["grassroots_months"] == 6


async def test_a_decision_changes_only_from_the_version_it_was_based_on_and_the_earlier_is_kept(world: World) -> None:
    await is_known(world, "young", 1995, 3)
    url = await a_plan(world)
    decision = f"{url}/decisions/{world.people['young'].id}"
    unknown = await world.as_("officer").get(decision)

    chosen = await world.as_("officer").put(decision, json=CHOSEN)
    again = await world.as_("colleague").put(decision, json=CHOSEN)
    blind = await world.as_("officer").put(decision, json=NOT_NOW)
    later = await world.as_("officer").put(decision, json=NOT_NOW, headers=BASED_ON_1)
    stale = await world.as_("officer").put(decision, json=CHOSEN, headers=BASED_ON_1)

    assert refusal(unknown) == (404, "selection_decision.not_found")
    assert [answer.status_code for answer in (chosen, again, later)] == [204, 204, 204]
    assert (chosen.headers["ETag"], later.headers["ETag"]) == ('"1"', '"2"')
    assert (refusal(blind), refusal(stale)) == ((428, "version.missing"), (412, "version.stale"))
    item = (await listed(world, url))["young"]
    assert (item["decision"], item["decision_version"]) == ("deferred", 2)
    shown = (await world.as_("officer").get(decision)).json()
    assert (shown["reason"], [one["reason"] for one in shown["earlier"]]) == (NOT_NOW["reason"], [CHOSEN["reason"]])


async def test_whoever_was_decided_about_stays_listed_when_the_criteria_no_longer_fit(
    world: World, session: AsyncSession
) -> None:
    await is_known(world, "young", 1995, 3)
    url = await a_plan(world)
    decision = f"{url}/decisions/{world.people['young'].id}"
    await world.as_("officer").put(decision, json=CHOSEN)
    before = (await listed(world, url))["young"]["fits_criteria"]

    await is_known(world, "young", 1970, 100)

    item = (await listed(world, url))["young"]
    assert (before, item["fits_criteria"], item["decision"]) == (True, False, "selected")
    anew = await world.as_("officer").put(decision, json=NOT_NOW, headers=BASED_ON_1)
    assert anew.status_code == 204


async def test_nobody_chooses_or_describes_oneself(world: World) -> None:
    url = await a_plan(world)
    me = world.people["officer"].id

    refused = [
        await world.as_("officer").put(f"{url}/decisions/{me}", json=CHOSEN),
        await world.as_("officer").put(f"/v1/people/{me}/background", json=BORN_1995),
    ]

    assert {refusal(answer) for answer in refused} == {(403, "placement.own_case")}
    assert (await listed(world, url))["officer"]["decision"] is None


async def test_the_same_decision_and_background_at_once_all_succeed(world: World) -> None:
    url = await a_plan(world)
    young, officer = world.people["young"].id, world.as_("officer")

    noted = await asyncio.gather(*(officer.put(f"/v1/people/{young}/background", json=BORN_1995) for _ in range(6)))
    decided = await asyncio.gather(*(officer.put(f"{url}/decisions/{young}", json=CHOSEN) for _ in range(6)))

    assert [answer.status_code for answer in (*noted, *decided)] == [204] * 12
    assert {answer.headers["ETag"] for answer in (*noted, *decided)} == {'"1"'}


async def test_a_background_is_read_by_who_may_set_it_and_keeps_what_was_noted_before(
    world: World, settings: Settings
) -> None:
    url = f"/v1/people/{world.people['young'].id}/background"
    unknown = await world.as_("officer").get(url)
    await is_known(world, "young", 1995, 3)
    await is_known(world, "young", 1996, 4)

    stale = await world.as_("officer").put(url, json=BORN_1995, headers=BASED_ON_1)
    shown = await world.as_("officer").get(url)

    assert refusal(unknown) == (404, "person_background.not_found")
    assert refusal(stale) == (412, "version.stale")
    assert (shown.json()["birth_year"], shown.headers["ETag"]) == (1996, '"2"')
    assert [(one["birth_year"], one["grassroots_months"]) for one in shown.json()["earlier"]] == [(1995, 3)]
    assert (await world.as_("stranger").get(url)).status_code == 404
    assert access_log(settings, url.split("/")[3]) == [("person_background.read", str(world.people["officer"].id))]


async def test_nobody_is_born_next_year(world: World, clock: FakeClock) -> None:
    url = f"/v1/people/{world.people['young'].id}/background"
    year = clock().year

    later = await world.as_("officer").put(url, json={"birth_year": year + 1, "grassroots_months": 0})
    now = await world.as_("officer").put(url, json={"birth_year": year, "grassroots_months": 0})

    assert refusal(later) == (422, "person_background.birth_year_in_future")
    assert now.status_code == 204


async def test_plans_are_found_by_organisation_and_year(world: World) -> None:
    urls = [await a_plan(world, year=year) for year in (2026, 2027)]

    everything = (await world.as_("officer").get(PLANS)).json()["items"]
    first = (await world.as_("officer").get(PLANS, params={"limit": 1})).json()
    rest = (await world.as_("officer").get(PLANS, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    of_a_year = {"organisation_id": str(world.bureau.id), "year": 2026}
    one = (await world.as_("officer").get(PLANS, params=of_a_year)).json()["items"]

    assert {plan["id"] for plan in everything} == {url[-36:] for url in urls}
    assert {plan["id"] for page in (first, rest) for plan in page["items"]} == {plan["id"] for plan in everything}
    assert [plan["id"] for plan in one] == [urls[0][-36:]]
    assert (await world.as_("stranger").get(PLANS)).json()["items"] == []


async def test_no_plan_begins_in_a_closed_organisation(world: World, session: AsyncSession) -> None:
    world.bureau.valid_until = datetime(2026, 1, 1, tzinfo=UTC)
    session.add(world.bureau)
    await session.commit()

    answer = await world.as_("officer").put(
        f"{PLANS}/{new_id()}", json={"organisation_id": str(world.bureau.id), "year": 2026, "criteria": {}}
    )

    assert refusal(answer) == (409, "organisation.is_closed")


async def test_somebody_person_not_listed_cannot_be_decided_about(world: World) -> None:
    await is_known(world, "old", 1970, 100)
    url = await a_plan(world)

    answer = await world.as_("officer").put(
        f"{url}/decisions/{world.people['old'].id}", json={"decision": "selected", "reason": "熟人"}
    )

    assert refusal(answer) == (404, "placement_selection.person_not_listed")


async def test_one_plan_a_year(world: World) -> None:
    await a_plan(world)

    second = await world.as_("officer").put(
        f"{PLANS}/{new_id()}",
        json={"organisation_id": str(world.bureau.id), "year": 2026, "criteria": {}},
    )

    assert refusal(second) == (409, "placement_selection.exists")


async def test_a_stranger_sees_no_plan_and_each_reading_is_on_record(world: World, settings: Settings) -> None:
    url = await a_plan(world)
    await listed(world, url)

    hidden = [
        await world.as_("stranger").get(url),
        await world.as_("stranger").get(f"{url}/candidates"),
        await world.as_("young").get(url),
    ]

    assert {refusal(answer) for answer in hidden} == {(404, "placement_selection.not_found")}
    assert access_log(settings, url[-36:]) == [("placement_selection.read", str(world.people["officer"].id))]
