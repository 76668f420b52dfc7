"""Visibility of a visit: visitor, officers above, and after its end the place, without `heard`."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.identity.tree.tables import Organisation
from tests import build
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "listening", "people_met": 2, "heard": "对居委会有意见", "done": "解释了政策"}


@pytest.fixture
async def visit(world: World, clock: FakeClock) -> str:
    url = f"/v1/visits/{new_id()}"
    await world.phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    await world.phone.put(f"{url}/record", json=RECORD, headers={"If-Match": '"1"'})
    return url


async def person_with_role(session: AsyncSession, api: Caller, role: Role, organisation: Organisation) -> Caller:
    person = await build.a_person(session)
    await build.a_posting(session, person, organisation, role)
    await session.commit()
    return api.as_(person)


async def check_out(world: World, visit: str, clock: FakeClock) -> None:
    body = {"checked_out_at": (clock() + timedelta(minutes=5)).isoformat()}
    await world.phone.put(f"{visit}/check-out", json=body, headers={"If-Match": '"2"'})


async def test_visit_is_visible_to_the_place_only_after_its_end(
    world: World, api: Caller, session: AsyncSession, visit: str, clock: FakeClock
) -> None:
    secretary = await person_with_role(session, api, Role.COMMUNITY_SECRETARY, world.community)

    before = await secretary.get(visit)
    await check_out(world, visit, clock)
    after = await secretary.get(visit)

    assert (before.status_code, after.status_code) == (404, 200)
    assert (after.json()["heard"], after.json()["done"]) == (None, RECORD["done"])


async def test_visit_is_visible_to_officers_of_the_subtree_only(
    world: World, api: Caller, session: AsyncSession, visit: str
) -> None:
    officer = await person_with_role(session, api, Role.ORGAN_COMMITTEE_OFFICER, world.organ)
    stranger = await person_with_role(session, api, Role.ORGAN_COMMITTEE_OFFICER, await build.an_organisation(session))

    by_officer, by_stranger = await officer.get(visit), await stranger.get(visit)

    assert (by_officer.status_code, by_officer.json()["heard"]) == (200, RECORD["heard"])
    assert by_stranger.status_code == 404
    assert [item["id"] for item in (await officer.get("/v1/visits")).json()["items"]] == [visit[-36:]]
    assert (await stranger.get("/v1/visits")).json()["items"] == []


async def test_visit_is_hidden_from_a_colleague_without_the_right(
    world: World, api: Caller, session: AsyncSession, visit: str
) -> None:
    colleague = await person_with_role(session, api, Role.CADRE, world.organ)

    assert (await colleague.get(visit)).status_code == 404


async def test_list_of_visits_is_newest_first_without_repeats(world: World, clock: FakeClock) -> None:
    for minutes in (5, 1, 9, 1):
        time = (clock() - timedelta(minutes=minutes)).isoformat()
        await world.phone.put(f"/v1/visits/{new_id()}", json={"place_id": str(world.place.id), "checked_in_at": time})

    items, cursor = [], None
    for _ in range(10):
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await world.phone.get("/v1/visits", params=params)).json()
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    times = [item["checked_in_at"] for item in items]
    assert len({item["id"] for item in items}) == len(items) == 4
    assert times == sorted(times, reverse=True)
