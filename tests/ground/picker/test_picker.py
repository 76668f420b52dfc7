"""Place picker: search by distance, name or pinyin; own contact points come first."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from tests import build
from tests.conftest import Caller, FakeClock
from tests.ground.conftest import World, refusal

URL = "/v1/places/searches"
HERE = {"longitude_deg": 118.7969, "latitude_deg": 32.0603, "datum": "wgs84"}
NORTH = (118.7969, 32.0693)
"""About a kilometre north of HERE."""


async def search(phone: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = await phone.post(URL, json=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("text", ["梅园", "meiyuan", "MeiYuan", "myxc", "梅 园", "新村社区"])
async def test_search_by_part_of_name_pinyin_or_initials_finds_place(
    world: World, session: AsyncSession, text: str
) -> None:
    name = f"梅园新村社区{new_id().hex[-8:]}"
    await build.a_place(session, world.bureau, name=name)
    await session.commit()

    assert name in [item["name"] for item in await search(world.leader_phone, text=text, at_most=50)]


async def test_search_without_match_is_empty_and_escapes_like_wildcards(world: World) -> None:
    assert await search(world.leader_phone, text="没有这个地方") == []
    assert await search(world.leader_phone, text="%") == []
    assert await search(world.leader_phone, text="_") == []


async def test_search_by_point_sorts_by_distance_and_is_zero_inside_fence(world: World, session: AsyncSession) -> None:
    code = await build.a_village_code(session)
    near, far, without_fence = [await build.a_place(session, world.bureau, division_code=code) for _ in range(3)]
    await build.a_circle(session, near)
    await build.a_circle(session, far, centre=NORTH, radius_m=100)
    await session.commit()

    items = await search(world.leader_phone, point=HERE, division_code=code)

    assert [item["id"] for item in items] == [str(place.id) for place in (near, far, without_fence)]
    assert [item["distance_m"] for item in items] == [0, pytest.approx(900, abs=20), None]


async def test_search_lists_own_contact_points_first(world: World, session: AsyncSession) -> None:
    code = await build.a_village_code(session)
    near = await build.a_place(session, world.bureau, division_code=code)
    contact = await build.a_place(session, world.bureau, division_code=code)
    await build.a_circle(session, near)
    await build.a_circle(session, contact, centre=NORTH)
    await session.commit()
    await world.start(place_id=str(contact.id))

    leader_items = await search(world.leader_phone, point=HERE, division_code=code)
    stranger_items = await search(world.stranger, point=HERE, division_code=code)

    assert [(item["id"], item["is_contact_point"]) for item in leader_items] == [
        (str(contact.id), True),
        (str(near.id), False),
    ]
    assert [(item["id"], item["is_contact_point"]) for item in stranger_items] == [
        (str(near.id), False),
        (str(contact.id), False),
    ]


async def test_search_ignores_contact_points_that_have_not_begun(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    code = await build.a_village_code(session)
    place = await build.a_place(session, world.bureau, division_code=code)
    await session.commit()
    await world.start(place_id=str(place.id), begins_on="2026-11-23")

    before = await search(world.leader_phone, division_code=code)
    clock.move(days=1)
    after = await search(world.leader_phone, division_code=code)
    clock.move(days=-1)

    assert [item["is_contact_point"] for item in (*before, *after)] == [False, True]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": ""}, "request.invalid"),
        ({"text": "a\x00"}, "request.invalid"),
        ({"at_most": 51}, "request.invalid"),
        ({"point": HERE | {"latitude_deg": 118.8, "longitude_deg": 32.1}}, "request.invalid"),
        ({"point": {"longitude_deg": 2.35, "latitude_deg": 48.85, "datum": "gcj02"}}, "position.outside_datum"),
    ],
)
async def test_search_with_invalid_fields_is_refused(world: World, body: dict[str, Any], code: str) -> None:
    assert refusal(await world.leader_phone.post(URL, json=body)) == (422, code)
