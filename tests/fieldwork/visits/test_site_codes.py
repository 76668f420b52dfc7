"""Site codes: a right code outweighs a missing position; a wrong one decides nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.crypto import Keys
from service.foundation.ids import new_id
from service.ground.places import site_codes
from tests.build.county import somebody
from tests.conftest import START, Caller, FakeClock
from tests.fieldwork.visits.conftest import World


async def check_in(world: World, clock: FakeClock, code: str | None, **ago: float) -> tuple[str, list[str]]:
    time = clock() - timedelta(**ago)
    body = {"place_id": str(world.place.id), "checked_in_at": time.isoformat(), "site_code": code}
    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["presence"], answer.json()["presence_reasons"]


async def test_right_site_code_verifies_a_check_in_without_a_position(
    world: World, session: AsyncSession, api: Caller, clock: FakeClock
) -> None:
    secretary = api.as_(await somebody(session, Role.COMMUNITY_SECRETARY, world.community))
    await session.commit()

    code_answer = await secretary.get(f"/v1/places/{world.place.id}/site-code")

    assert code_answer.status_code == 200
    assert await check_in(world, clock, code_answer.json()["code"]) == (
        "verified",
        ["position_missing", "site_code_matched"],
    )


async def test_site_code_sent_hours_later_is_compared_at_the_check_in_time(
    world: World, keys: Keys, clock: FakeClock
) -> None:
    code = site_codes.compute_code(keys, world.place.id, clock() - timedelta(hours=5))

    assert (await check_in(world, clock, code, hours=5))[0] == "verified"
    assert (await check_in(world, clock, code))[0] == "unverified"


async def test_wrong_site_code_is_noted_and_decides_nothing(world: World, keys: Keys, clock: FakeClock) -> None:
    elsewhere = site_codes.compute_code(keys, new_id(), clock())

    assert await check_in(world, clock, elsewhere) == ("unverified", ["position_missing", "site_code_wrong"])


async def test_site_code_is_visible_to_the_place_only(world: World) -> None:
    rejection = await world.phone.get(f"/v1/places/{world.place.id}/site-code")

    assert (rejection.status_code, rejection.json()["code"]) == (403, "access.not_permitted")


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "１２３４５６"])
async def test_malformed_site_code_is_refused(world: World, clock: FakeClock, code: str) -> None:
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat(), "site_code": code}

    assert (await world.phone.put(f"/v1/visits/{new_id()}", json=body)).status_code == 422


@given(offset_s=st.integers(-(10**8), 10**8), reading_s=st.integers(0, 600))
@hypothesis_settings(max_examples=50, deadline=None)
def test_site_code_is_valid_for_ten_minutes_and_not_after_thirty(keys: Keys, offset_s: int, reading_s: int) -> None:
    place_id, shown_at = new_id(), START + timedelta(seconds=offset_s)
    code = site_codes.compute_code(keys, place_id, shown_at)

    assert site_codes.verify_code(keys, place_id, code, shown_at + timedelta(seconds=reading_s))
    other_codes = [
        site_codes.compute_code(keys, place_id, shown_at + timedelta(minutes=30 + step)) for step in (-10, 0, 10)
    ]
    assert site_codes.verify_code(keys, place_id, code, shown_at + timedelta(minutes=30)) == (code in other_codes)
