"""The changing code of a place: read off there, it makes up for a lacking position; a wrong one means nothing."""

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
    moment = clock() - timedelta(**ago)
    body = {"place_id": str(world.place.id), "checked_in_at": moment.isoformat(), "site_code": code}
    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["presence"], answer.json()["presence_reasons"]


async def test_the_code_shown_at_the_place_verifies_without_a_position(
    world: World, session: AsyncSession, api: Caller, clock: FakeClock
) -> None:
    secretary = api.as_(await somebody(session, Role.COMMUNITY_SECRETARY, world.community))
    await session.commit()

    shown = await secretary.get(f"/v1/places/{world.place.id}/site-code")

    assert shown.status_code == 200
    assert await check_in(world, clock, shown.json()["code"]) == (
        "verified",
        ["position_missing", "site_code_matched"],
    )


async def test_a_code_read_off_without_a_network_fits_when_it_is_sent_hours_later(
    world: World, keys: Keys, clock: FakeClock
) -> None:
    code = site_codes.compute_code(keys, world.place.id, clock() - timedelta(hours=5))

    assert (await check_in(world, clock, code, hours=5))[0] == "verified"
    assert (await check_in(world, clock, code))[0] == "unverified"


async def test_a_wrong_code_is_noted_and_means_nothing(world: World, keys: Keys, clock: FakeClock) -> None:
    elsewhere = site_codes.compute_code(keys, new_id(), clock())

    assert await check_in(world, clock, elsewhere) == ("unverified", ["position_missing", "site_code_wrong"])


async def test_only_the_place_reads_its_code(world: World) -> None:
    refused = await world.phone.get(f"/v1/places/{world.place.id}/site-code")

    assert (refused.status_code, refused.json()["code"]) == (403, "access.not_permitted")


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "１２３４５６"])
async def test_what_cannot_be_a_code_is_told(world: World, clock: FakeClock, code: str) -> None:
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat(), "site_code": code}

    assert (await world.phone.put(f"/v1/visits/{new_id()}", json=body)).status_code == 422


@given(offset_s=st.integers(-(10**8), 10**8), reading_s=st.integers(0, 600))
@hypothesis_settings(max_examples=50, deadline=None)
def test_a_code_fits_within_ten_minutes_of_its_showing_and_not_half_an_hour_later(
    keys: Keys, offset_s: int, reading_s: int
) -> None:
    place_id, shown_at = new_id(), START + timedelta(seconds=offset_s)
    code = site_codes.compute_code(keys, place_id, shown_at)

    assert site_codes.verify_code(keys, place_id, code, shown_at + timedelta(seconds=reading_s))
    known = [site_codes.compute_code(keys, place_id, shown_at + timedelta(minutes=30 + step)) for step in (-10, 0, 10)]
    assert site_codes.verify_code(keys, place_id, code, shown_at + timedelta(minutes=30)) == (code in known)
