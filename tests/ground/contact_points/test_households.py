"""Households of a contact point: only the leader reads them; they are deleted when it ends."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.contact_points.tables import ContactHousehold
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from tests import build
from tests.build.county import access_log
from tests.conftest import FakeClock
from tests.ground.conftest import BASED_ON_1, World, refusal
from tests.operations.worker.steps import sweep

HOUSEHOLD = {
    "contact": {"name": "张大妈", "phone": "13800138000"},
    "agreed_on": "2026-11-20",
    "notice_version": "2026-1",
}


async def household_count(session: AsyncSession, url: str) -> int:
    """Count the households of a contact point; row-level security needs a purpose first."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    return await build.count(session, ContactHousehold, contact_point_id=UUID(url[-36:]))


async def test_household_with_agreement_in_future_is_refused(world: World) -> None:
    url = await world.start()

    today, tomorrow = [
        await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD | {"agreed_on": day})
        for day in ("2026-11-22", "2026-11-23")
    ]

    assert today.status_code == 204
    assert refusal(tomorrow) == (422, "contact_household.agreement_in_future")


async def test_households_are_read_by_leader_only_and_each_reading_is_logged(world: World, settings: Settings) -> None:
    url = await world.start()
    household = f"{url}/households/{new_id()}"

    added = await world.leader_phone.put(household, json=HOUSEHOLD)
    page = await world.leader_phone.get(f"{url}/households")
    refused = [await phone.get(f"{url}/households") for phone in (world.officer, world.host, world.stranger)]

    assert added.status_code == 204
    assert [item["contact"] for item in page.json()["items"]] == [HOUSEHOLD["contact"]]
    assert {refusal(answer) for answer in refused} == {(404, "contact_point.not_found")}
    assert access_log(settings, UUID(url[-36:])) == [("contact_household.read", str(world.leader.id))]


async def test_household_contact_is_encrypted_in_database(world: World, session: AsyncSession) -> None:
    url = await world.start()
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)

    await set_rls_purpose(session, Purpose.UPKEEP)
    row = (
        await session.exec(select(ContactHousehold).where(ContactHousehold.contact_point_id == UUID(url[-36:])))
    ).one()

    assert "张大妈".encode() not in row.name
    assert b"13800138000" not in row.phone


async def test_household_removed_by_leader_is_deleted(world: World, session: AsyncSession) -> None:
    url = await world.start()
    household = f"{url}/households/{new_id()}"
    await world.leader_phone.put(household, json=HOUSEHOLD)

    removed = await world.leader_phone.delete(household)

    assert removed.status_code == 204
    assert await household_count(session, url) == 0
    assert refusal(await world.leader_phone.delete(household)) == (404, "contact_household.not_found")


async def test_end_of_contact_point_deletes_its_households_only(world: World, session: AsyncSession) -> None:
    url, other = await world.start(), await world.start(leader_id=str(world.successor.id))
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    await world.api.as_(world.successor).put(f"{other}/households/{new_id()}", json=HOUSEHOLD)
    before = [await household_count(session, address) for address in (url, other)]
    await session.commit()

    await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)

    assert (before, [await household_count(session, address) for address in (url, other)]) == ([1, 1], [0, 1])
    late = await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    assert refusal(late) == (409, "contact_point.already_ended")


async def test_households_are_deleted_when_term_is_over_or_handed_over(
    world: World, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    over = await world.start(ends_on=clock().date().isoformat())
    await world.leader_phone.put(f"{over}/households/{new_id()}", json=HOUSEHOLD)
    handed_over = await world.start(leader_id=str(world.successor.id))
    await world.api.as_(world.successor).put(f"{handed_over}/households/{new_id()}", json=HOUSEHOLD)
    before = [await household_count(session, address) for address in (over, handed_over)]
    await session.commit()

    await sweep(engine, clock.move(days=1))
    await world.start(succeeds_id=handed_over[-36:])

    assert (before, [await household_count(session, address) for address in (over, handed_over)]) == ([1, 1], [0, 0])


async def test_households_remain_until_planned_successor_begins(
    world: World, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    url = await world.start()
    await world.leader_phone.put(f"{url}/households/{new_id()}", json=HOUSEHOLD)
    begins_on = (clock() + timedelta(days=1)).date().isoformat()
    await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:], begins_on=begins_on)

    before = await household_count(session, url)
    households = (await world.leader_phone.get(f"{url}/households")).json()["items"]
    await session.commit()
    await sweep(engine, clock.move(days=1))
    after = await household_count(session, url)

    assert (before, len(households), after) == (1, 1, 0)
