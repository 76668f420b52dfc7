"""Impossible speed, measured between positions stored with consent."""

from datetime import timedelta

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.geo import Datum
from service.fieldwork.visits.tables import VisitPosition
from service.foundation.geo import from_wgs84
from service.foundation.ids import new_id
from tests import build
from tests.build.rows import XUANWU
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World

NORTH_DEG_PER_KM = 1 / 110.9


@pytest.fixture
async def world_with_consent(world: World, session: AsyncSession) -> World:
    await build.a_consent(session, world.cadre)
    await session.commit()
    return world


async def check_in_at(
    world: World, clock: FakeClock, north_km: float = 0, after_h: float = 0, datum: Datum = Datum.WGS84
):
    """Check in with a position so many km north of the community; returns presence and reasons."""
    at = (clock() + timedelta(days=-1, hours=after_h)).isoformat()
    longitude_deg, latitude_deg = from_wgs84(XUANWU[0], XUANWU[1] + north_km * NORTH_DEG_PER_KM, datum)
    position = {"longitude_deg": longitude_deg, "latitude_deg": latitude_deg, "accuracy_m": 20, "captured_at": at}
    body = {"place_id": str(world.place.id), "checked_in_at": at, "position": position | {"datum": datum}}
    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["presence"], answer.json()["presence_reasons"]


async def test_speed_of_a_flight_is_possible_and_a_faster_one_is_not(
    world_with_consent: World, clock: FakeClock
) -> None:
    await check_in_at(world_with_consent, clock, north_km=900)

    assert await check_in_at(world_with_consent, clock, after_h=1) == ("doubtful", ["speed_impossible"])
    assert await check_in_at(world_with_consent, clock, after_h=4) == ("verified", [])


async def test_speed_to_the_next_stored_position_is_checked_too(world_with_consent: World, clock: FakeClock) -> None:
    await check_in_at(world_with_consent, clock, north_km=900, after_h=5)

    assert await check_in_at(world_with_consent, clock, after_h=4) == ("doubtful", ["speed_impossible"])


async def test_speed_without_consent_is_unknown(world: World, session: AsyncSession, clock: FakeClock) -> None:
    await check_in_at(world, clock, north_km=900)

    assert await check_in_at(world, clock, after_h=1) == ("verified", [])
    assert await build.count(session, VisitPosition, person_id=world.cadre.id) == 0


async def test_position_jump_within_one_minute_has_no_speed_reason(world_with_consent: World, clock: FakeClock) -> None:
    await check_in_at(world_with_consent, clock, north_km=9)

    assert await check_in_at(world_with_consent, clock) == ("verified", [])


async def test_speed_between_positions_of_two_datums_is_correct(world_with_consent: World, clock: FakeClock) -> None:
    await check_in_at(world_with_consent, clock, datum=Datum.WGS84)

    assert await check_in_at(world_with_consent, clock, datum=Datum.BD09) == ("verified", [])


async def test_same_check_in_from_two_phones_gets_the_same_presence(
    world_with_consent: World, clock: FakeClock
) -> None:
    first = await check_in_at(world_with_consent, clock)
    second = await check_in_at(world_with_consent, clock, datum=Datum.GCJ02)

    assert first == second == ("verified", [])


async def test_position_time_in_the_future_is_corrected_with_the_check_in(
    world_with_consent: World, session: AsyncSession, clock: FakeClock
) -> None:
    await check_in_at(world_with_consent, clock, after_h=24 * 366)

    row = (
        await session.exec(select(VisitPosition).where(VisitPosition.person_id == world_with_consent.cadre.id))
    ).one()
    assert row.captured_at == clock()
