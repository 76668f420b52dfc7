"""Who may see, start and end contact points."""

from service.foundation.ids import new_id
from tests.ground.conftest import BASED_ON_1, URL, World, refusal


async def test_contact_point_is_visible_to_leader_bureau_county_and_place_only(world: World) -> None:
    url = await world.start()

    statuses = [
        (await phone.get(url)).status_code
        for phone in (world.leader_phone, world.officer, world.county_officer, world.host)
    ]
    listed_ids = [item["id"] for item in (await world.host.get(URL, params={"on": "2026-11-22"})).json()["items"]]

    assert statuses == [200, 200, 200, 200]
    assert listed_ids == [url[-36:]]
    assert refusal(await world.stranger.get(url)) == (404, "contact_point.not_found")
    assert (await world.stranger.get(URL)).json()["items"] == []


async def test_list_with_day_returns_contact_points_active_on_it(world: World) -> None:
    url = await world.start()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    counts = {
        day: len((await world.officer.get(URL, params={"on": day})).json()["items"])
        for day in ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23")
    }

    assert counts == {"2026-10-31": 0, "2026-11-01": 1, "2026-11-22": 1, "2026-11-23": 0}


async def test_start_and_end_are_allowed_to_officers_within_reach_only(world: World) -> None:
    url = await world.start()
    body = world.body(leader_id=str(world.successor.id))

    by_leader = await world.leader_phone.put(f"{URL}/{new_id()}", json=body)
    by_stranger = await world.stranger.put(f"{URL}/{new_id()}", json=body)
    end_by_host = await world.host.put(f"{url}/end", json={"reason": "不"}, headers=BASED_ON_1)
    end_by_stranger = await world.stranger.put(f"{url}/end", json={"reason": "不"}, headers=BASED_ON_1)

    assert refusal(by_leader) == (403, "access.not_permitted")
    assert refusal(by_stranger) == (404, "organisation.not_found")
    assert refusal(end_by_host) == (403, "access.not_permitted")
    assert refusal(end_by_stranger) == (404, "contact_point.not_found")
