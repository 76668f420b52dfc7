"""Setting and retiring fences: repeats, several fences, rights, history."""

import asyncio

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Fence
from tests import build
from tests.build.county import County
from tests.conftest import Caller

CENTRE = {"longitude_deg": 118.8, "latitude_deg": 32.06, "datum": "gcj02"}
CIRCLE = {"name": "围栏", "shape": {"kind": "circle", "centre": CENTRE, "radius_m": 200}}


@pytest.fixture
async def place(session: AsyncSession, county: County) -> str:
    row = await build.a_place(session, county.community)
    await session.commit()
    return f"/v1/places/{row.id}"


async def test_fence_repeated_request_sets_one_fence(api: Caller, county: County, place: str) -> None:
    url, secretary = f"{place}/fences/{new_id()}", api.as_(county.secretary)

    first, second = await secretary.put(url, json=CIRCLE), await secretary.put(url, json=CIRCLE)
    other = await secretary.put(url, json=CIRCLE | {"name": "另一个"})

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()


async def test_fence_concurrent_requests_set_one_fence(
    api: Caller, county: County, place: str, session: AsyncSession
) -> None:
    url, secretary = f"{place}/fences/{new_id()}", api.as_(county.secretary)

    answers = await asyncio.gather(*(secretary.put(url, json=CIRCLE) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_fence_retired_is_no_longer_listed_but_stays_stored(
    api: Caller, county: County, place: str, session: AsyncSession
) -> None:
    retired_id, active_id, secretary = new_id(), new_id(), api.as_(county.secretary)
    for fence_id in (retired_id, active_id):
        await secretary.put(f"{place}/fences/{fence_id}", json=CIRCLE)
    both = (await secretary.get(place)).json()["fences"]

    statuses = [(await secretary.delete(f"{place}/fences/{retired_id}")).status_code for _ in range(2)]

    remaining = (await secretary.get(place)).json()["fences"]
    assert (len(both), statuses, [fence["id"] for fence in remaining]) == (2, [204, 204], [str(active_id)])
    assert await build.count(session, Fence, id=retired_id) == 1
    assert await build.count(session, Event, subject_id=retired_id, name="fence.retired") == 1


async def test_fence_outside_reach_cannot_be_set_or_retired(api: Caller, county: County, place: str) -> None:
    url = f"{place}/fences/{new_id()}"
    await api.as_(county.secretary).put(url, json=CIRCLE)

    for person in (county.cadre, county.neighbour):
        answers = (
            await api.as_(person).put(f"{place}/fences/{new_id()}", json=CIRCLE),
            await api.as_(person).delete(url),
        )
        assert [answer.status_code for answer in answers] == [403, 403]


async def test_fence_of_other_place_is_not_found(
    api: Caller, county: County, place: str, session: AsyncSession
) -> None:
    other = await build.a_place(session, county.community)
    await session.commit()
    fence_id, secretary = new_id(), api.as_(county.secretary)
    await secretary.put(f"{place}/fences/{fence_id}", json=CIRCLE)

    same_id = await secretary.put(f"/v1/places/{other.id}/fences/{fence_id}", json=CIRCLE)
    wrong_place = await secretary.delete(f"/v1/places/{other.id}/fences/{fence_id}")
    unknown_place = await secretary.put(f"/v1/places/{new_id()}/fences/{new_id()}", json=CIRCLE)

    assert [answer.status_code for answer in (same_id, wrong_place, unknown_place)] == [404, 404, 404]
    assert (wrong_place.json()["code"], unknown_place.json()["code"]) == ("fence.not_found", "place.not_found")
