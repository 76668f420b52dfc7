"""A fence is set once, may stand beside others, and ends without taking its past with it."""

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


async def test_a_fence_sent_twice_is_set_once(api: Caller, county: County, place: str) -> None:
    url, secretary = f"{place}/fences/{new_id()}", api.as_(county.secretary)

    first, second = await secretary.put(url, json=CIRCLE), await secretary.put(url, json=CIRCLE)
    other = await secretary.put(url, json=CIRCLE | {"name": "另一个"})

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()


async def test_two_at_once_are_one_fence(api: Caller, county: County, place: str, session: AsyncSession) -> None:
    url, secretary = f"{place}/fences/{new_id()}", api.as_(county.secretary)

    answers = await asyncio.gather(*(secretary.put(url, json=CIRCLE) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_a_place_has_several_fences_and_a_retired_one_is_listed_no_more(
    api: Caller, county: County, place: str, session: AsyncSession
) -> None:
    gone, stays, secretary = new_id(), new_id(), api.as_(county.secretary)
    for fence_id in (gone, stays):
        await secretary.put(f"{place}/fences/{fence_id}", json=CIRCLE)
    both = (await secretary.get(place)).json()["fences"]

    retired = [(await secretary.delete(f"{place}/fences/{gone}")).status_code for _ in range(2)]

    left = (await secretary.get(place)).json()["fences"]
    assert (len(both), retired, [fence["id"] for fence in left]) == (2, [204, 204], [str(stays)])
    assert await build.count(session, Fence, id=gone) == 1
    assert await build.count(session, Event, subject_id=gone, name="fence.retired") == 1


async def test_only_those_in_reach_set_and_retire_fences(api: Caller, county: County, place: str) -> None:
    url = f"{place}/fences/{new_id()}"
    await api.as_(county.secretary).put(url, json=CIRCLE)

    for person in (county.cadre, county.neighbour):
        answers = (
            await api.as_(person).put(f"{place}/fences/{new_id()}", json=CIRCLE),
            await api.as_(person).delete(url),
        )
        assert [answer.status_code for answer in answers] == [403, 403]


async def test_a_fence_belongs_to_its_place(api: Caller, county: County, place: str, session: AsyncSession) -> None:
    other = await build.a_place(session, county.community)
    await session.commit()
    fence_id, secretary = new_id(), api.as_(county.secretary)
    await secretary.put(f"{place}/fences/{fence_id}", json=CIRCLE)

    taken = await secretary.put(f"/v1/places/{other.id}/fences/{fence_id}", json=CIRCLE)
    missed = await secretary.delete(f"/v1/places/{other.id}/fences/{fence_id}")
    nowhere = await secretary.put(f"/v1/places/{new_id()}/fences/{new_id()}", json=CIRCLE)

    assert [answer.status_code for answer in (taken, missed, nowhere)] == [404, 404, 404]
    assert (missed.json()["code"], nowhere.json()["code"]) == ("fence.not_found", "place.not_found")
