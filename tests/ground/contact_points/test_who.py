"""Who sees a contact point, who may do what with it; the place's opinion; the households' privacy."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.contact_points.tables import ContactHousehold
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import access_log
from tests.conftest import FakeClock
from tests.ground.conftest import BASED_ON_1, URL, World, refusal
from tests.operations.worker.steps import sweep

HOUSEHOLD = {
    "contact": {"name": "张大妈", "phone": "13800138000"},
    "agreed_on": "2026-11-20",
    "notice_version": "2026-1",
}


async def kept(session: AsyncSession, url: str) -> int:
    """How many households the contact point has; behind the second lock, so it is opened first."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    return await build.count(session, ContactHousehold, contact_point_id=UUID(url[-36:]))


async def test_the_leader_the_unit_those_above_and_the_place_see_it_a_stranger_does_not(world: World) -> None:
    url = await world.started()

    seen = [
        (await phone.get(url)).status_code for phone in (world.leader_phone, world.officer, world.above, world.host)
    ]
    listed = [item["id"] for item in (await world.host.get(URL, params={"on": "2026-11-22"})).json()["items"]]

    assert seen == [200, 200, 200, 200]
    assert listed == [url[-36:]]
    assert refusal(await world.stranger.get(url)) == (404, "contact_point.not_found")
    assert (await world.stranger.get(URL)).json()["items"] == []


async def test_the_list_tells_what_held_on_a_day(world: World) -> None:
    url = await world.started()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    days = {
        on: len((await world.officer.get(URL, params={"on": on})).json()["items"])
        for on in ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23")
    }

    assert days == {"2026-10-31": 0, "2026-11-01": 1, "2026-11-22": 1, "2026-11-23": 0}


async def test_only_officers_in_reach_begin_and_end_it(world: World) -> None:
    url = await world.started()
    body = world.asked(leader_id=str(world.successor.id))

    by_leader = await world.leader_phone.put(f"{URL}/{new_id()}", json=body)
    by_stranger = await world.stranger.put(f"{URL}/{new_id()}", json=body)
    end_by_host = await world.host.put(f"{url}/end", json={"reason": "不"}, headers=BASED_ON_1)
    end_by_stranger = await world.stranger.put(f"{url}/end", json={"reason": "不"}, headers=BASED_ON_1)

    assert refusal(by_leader) == (403, "access.not_permitted")
    assert refusal(by_stranger) == (404, "organisation.not_found")
    assert refusal(end_by_host) == (403, "access.not_permitted")
    assert refusal(end_by_stranger) == (404, "contact_point.not_found")


async def test_the_place_speaks_at_the_end_of_the_term(world: World, clock: FakeClock) -> None:
    url = await world.started(ends_on="2027-01-31")
    opinion = {"opinion": "常来，办成了停车棚。"}

    early = await world.host.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    clock.move(days=60)
    given = await world.host.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    by_officer = await world.officer.put(f"{url}/opinion", json=opinion, headers=BASED_ON_1)
    clock.move(days=-60)

    assert refusal(early) == (409, "contact_point.too_early_for_opinion")
    assert (given.status_code, given.json()["opinion"]) == (200, opinion["opinion"])
    assert refusal(by_officer) == (403, "access.not_permitted")


async def test_an_opinion_once_given_stays(world: World) -> None:
    url = await world.started(ends_on="2026-11-30")

    given = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers=BASED_ON_1)
    again = await world.host.put(f"{url}/opinion", json={"opinion": " 常来 "}, headers=BASED_ON_1)
    another = await world.host.put(f"{url}/opinion", json={"opinion": "没来过"}, headers={"If-Match": '"2"'})

    assert (given.status_code, again.status_code, again.json()) == (200, 200, given.json())
    assert refusal(another) == (409, "contact_point.opinion_already_given")
    assert "2026-11-22" in another.text
    assert (await world.host.get(url)).json()["opinion"] == "常来"


@pytest.mark.parametrize("nothing", ["", "  "])
async def test_an_opinion_says_something(world: World, nothing: str) -> None:
    url = await world.started(ends_on="2026-11-30")

    refused = await world.host.put(f"{url}/opinion", json={"opinion": nothing}, headers=BASED_ON_1)

    assert refusal(refused) == (422, "request.invalid")


@pytest.mark.parametrize(("days", "expected"), [(365, 200), (366, 409)])
async def test_the_place_speaks_until_a_year_after_the_end(
    world: World, clock: FakeClock, days: int, expected: int
) -> None:
    url = await world.started()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    clock.move(days=days)
    answer = await world.host.put(f"{url}/opinion", json={"opinion": "常来"}, headers={"If-Match": '"2"'})
    clock.move(days=-days)

    assert answer.status_code == expected
    assert answer.json().get("code") == (None if expected == 200 else "contact_point.too_late_for_opinion")


async def test_a_household_agrees_today_at_the_latest(world: World) -> None:
    url = await world.started()

    today, tomorrow = [
        await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD | {"agreed_on": day})
        for day in ("2026-11-22", "2026-11-23")
    ]

    assert today.status_code == 204
    assert refusal(tomorrow) == (422, "contact_household.agreement_in_future")


async def test_a_leader_who_is_also_of_the_place_gives_no_opinion_on_the_own_contact(
    world: World, session: AsyncSession
) -> None:
    url = await world.started()
    community = await session.get_one(Organisation, world.place.organisation_id)
    await build.a_posting(session, world.leader, community, Role.COMMUNITY_SECRETARY)
    await session.commit()
    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    refused = await world.leader_phone.put(
        f"{url}/opinion", json={"opinion": "我自己很满意"}, headers={"If-Match": '"2"'}
    )

    assert refusal(refused) == (403, "access.not_permitted")


async def test_households_are_shown_to_the_leader_alone_and_each_reading_is_on_record(
    world: World, settings: Settings
) -> None:
    url = await world.started()
    household = f"{url}/households/{new_id()}"

    added = await world.leader_phone.put(household, json=HOUSEHOLD)
    shown = await world.leader_phone.get(f"{url}/households")
    hidden = [await phone.get(f"{url}/households") for phone in (world.officer, world.host, world.stranger)]

    assert added.status_code == 204
    assert [one["contact"] for one in shown.json()["items"]] == [HOUSEHOLD["contact"]]
    assert {refusal(answer) for answer in hidden} == {(404, "contact_point.not_found")}
    assert access_log(settings, UUID(url[-36:])) == [("contact_household.read", str(world.leader.id))]


async def test_nothing_of_a_household_can_be_read_in_the_database(world: World, session: AsyncSession) -> None:
    url = await world.started()
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)

    await set_rls_purpose(session, Purpose.UPKEEP)
    row = (
        await session.exec(select(ContactHousehold).where(ContactHousehold.contact_point_id == UUID(url[-36:])))
    ).one()

    assert "张大妈".encode() not in row.name
    assert b"13800138000" not in row.phone


async def test_a_household_that_no_longer_agrees_is_gone(world: World, session: AsyncSession) -> None:
    url = await world.started()
    household = f"{url}/households/{new_id()}"
    await world.leader_phone.put(household, json=HOUSEHOLD)

    removed = await world.leader_phone.delete(household)

    assert removed.status_code == 204
    assert await kept(session, url) == 0
    assert refusal(await world.leader_phone.delete(household)) == (404, "contact_household.not_found")


async def test_the_households_go_with_the_contact_point_and_no_others(world: World, session: AsyncSession) -> None:
    url, other = await world.started(), await world.started(leader_id=str(world.successor.id))
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    await world.api.as_(world.successor).put(f"{other}/households/{new_id()}", json=HOUSEHOLD)
    before = [await kept(session, one) for one in (url, other)]
    await session.commit()

    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    assert (before, [await kept(session, one) for one in (url, other)]) == ([1, 1], [0, 1])
    late = await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    assert refusal(late) == (409, "contact_point.already_ended")


async def test_the_households_go_when_the_term_is_over_or_another_takes_over(
    world: World, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    over = await world.started(ends_on=clock().date().isoformat())
    await world.leader_phone.put(f"{over}/households/{new_id()}", json=HOUSEHOLD)
    handed_over = await world.started(leader_id=str(world.successor.id))
    await world.api.as_(world.successor).put(f"{handed_over}/households/{new_id()}", json=HOUSEHOLD)
    before = [await kept(session, one) for one in (over, handed_over)]
    await session.commit()

    await sweep(engine, clock.move(days=1))
    await world.started(succeeds_id=handed_over[-36:])

    assert (before, [await kept(session, one) for one in (over, handed_over)]) == ([1, 1], [0, 0])


async def test_the_households_stay_until_a_planned_successor_begins(
    world: World, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.started()
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    begins_on = (clock() + timedelta(days=1)).date().isoformat()
    await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=begins_on)

    before = await kept(session, url)
    shown = (await world.leader_phone.get(f"{url}/households")).json()["items"]
    await session.commit()
    await sweep(engine, clock.move(days=1))
    after = await kept(session, url)

    assert (before, len(shown), after) == (1, 1, 0)
