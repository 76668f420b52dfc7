"""Automatic check-out: a visit that is still open after the hours of the local rule is closed."""

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import BASED_ON_1, BASED_ON_2, BASED_ON_3, PassHours, World, check_out, event_names


async def test_open_visit_is_closed_after_a_day_as_forgotten(
    world: World, session: AsyncSession, visit: str, pass_hours: PassHours
) -> None:
    await pass_hours(23)
    before = (await world.phone.get(visit)).json()
    await pass_hours(25)
    after = (await world.phone.get(visit)).json()

    assert (before["state"], before["ended_by"]) == ("open", None)
    assert (after["state"], after["ended_by"], after["checked_out_at"]) == ("ended", "forgotten", None)
    assert await event_names(session, visit[-36:]) == ["visit.checked_in", "visit.closed"]


async def test_checked_out_visit_is_not_closed_again(
    world: World, session: AsyncSession, visit: str, pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(0)
    await check_out(world, visit, clock, minutes=30)

    await pass_hours(48)

    assert await event_names(session, visit[-36:]) == ["visit.checked_in", "visit.checked_out"]


async def test_late_check_out_of_a_closed_visit_is_accepted(
    world: World, visit: str, pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(25)

    checked_out = await world.phone.put(
        f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2
    )

    assert (checked_out.status_code, checked_out.json()["ended_by"]) == (200, "checked_out")


async def test_check_out_ends_one_of_two_open_visits(world: World, visit: str, clock: FakeClock) -> None:
    other = f"/v1/visits/{new_id()}"
    second = await world.phone.put(other, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})

    await check_out(world, visit, clock, minutes=5)

    assert second.status_code == 201
    assert (await world.phone.get(other)).json()["state"] == "open"


async def test_record_of_an_automatically_closed_visit_closes_after_ten_days(
    world: World, api: Caller, visit: str, pass_hours: PassHours, clock: FakeClock
) -> None:
    record = {"purpose": "listening", "people_met": 1}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await pass_hours(25)
    clock.move(days=11)

    late = await api.as_(world.cadre).put(f"{visit}/record", json=record | {"people_met": 2}, headers=BASED_ON_3)
    clock.move(days=-11)

    assert (late.status_code, late.json()["code"]) == (409, "visit.record_closed")


async def test_first_record_of_a_visit_has_no_deadline(
    world: World, api: Caller, visit: str, pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(25)
    clock.move(days=40)

    late = await api.as_(world.cadre).put(
        f"{visit}/record", json={"purpose": "listening", "people_met": 1}, headers=BASED_ON_2
    )
    clock.move(days=-40)

    assert (late.status_code, late.json()["people_met"]) == (200, 1)
