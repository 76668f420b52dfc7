"""A plan lists whom its criteria fit, with the facts and in no order of merit; people decide."""

from typing import Any

from service.core.ids import new_id
from service.core.settings import Settings
from tests.build.county import access_log
from tests.placements.conftest import PLANS, World, refusal

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

    assert set(found) == {"young", "officer"}
    assert (found["young"]["birth_year"], found["young"]["grassroots_months"]) == (1995, 3)
    assert found["officer"]["grassroots_months"] is None


async def test_months_of_placements_here_are_added(world: World) -> None:
    await is_known(world, "young", 1995, 20)
    await world.started(begins_on="2026-01-01", ends_on="2026-12-31")
    url = await a_plan(world)

    assert "young" not in await listed(world, url)


async def test_people_decide_with_a_reason_and_may_decide_anew(world: World) -> None:
    await is_known(world, "young", 1995, 3)
    url = await a_plan(world)
    decision = f"{url}/decisions/{world.people['young'].id}"

    chosen = await world.as_("officer").put(decision, json={"decision": "chosen", "reason": "本人愿意"})
    later = await world.as_("officer").put(decision, json={"decision": "not_now", "reason": "家中有困难"})

    assert (chosen.status_code, later.status_code) == (204, 204)
    assert (await listed(world, url))["young"]["decision"] == "not_now"


async def test_somebody_not_on_the_list_cannot_be_decided_about(world: World) -> None:
    await is_known(world, "old", 1970, 100)
    url = await a_plan(world)

    answer = await world.as_("officer").put(
        f"{url}/decisions/{world.people['old'].id}", json={"decision": "chosen", "reason": "熟人"}
    )

    assert refusal(answer) == (404, "placement_selection.not_on_the_list")


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
