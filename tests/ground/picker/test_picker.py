"""The picker: near me, by name, by pinyin, my contact points first; where I am is not kept."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import PlaceKind
from service.foundation.ids import new_id
from tests import build
from tests.conftest import Caller, FakeClock
from tests.ground.conftest import World, refusal

URL = "/v1/places/searches"
HERE = {"longitude_deg": 118.7969, "latitude_deg": 32.0603, "datum": "wgs84"}
NORTH = (118.7969, 32.0693)
"""About a kilometre north of HERE."""


async def found(phone: Caller, **asked: Any) -> list[dict[str, Any]]:
    answer = await phone.post(URL, json=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("text", ["梅园", "meiyuan", "MeiYuan", "myxc", "梅 园", "新村社区"])
async def test_a_place_is_found_by_a_part_of_its_name_pinyin_or_initials(
    world: World, session: AsyncSession, text: str
) -> None:
    name = f"梅园新村社区{new_id().hex[-8:]}"
    await build.a_place(session, world.bureau, name=name)
    await session.commit()

    assert name in [item["name"] for item in await found(world.leader_phone, text=text, at_most=50)]


async def test_nothing_that_fits_is_an_empty_answer_and_signs_of_like_mean_themselves(world: World) -> None:
    assert await found(world.leader_phone, text="没有这个地方") == []
    assert await found(world.leader_phone, text="%") == []
    assert await found(world.leader_phone, text="_") == []


async def test_the_nearest_comes_first_and_inside_is_no_distance(world: World, session: AsyncSession) -> None:
    code = await build.a_village_code(session)
    near, far, nowhere = [await build.a_place(session, world.bureau, division_code=code) for _ in range(3)]
    await build.a_circle(session, near)
    await build.a_circle(session, far, centre=NORTH, radius_m=100)
    await session.commit()

    items = await found(world.leader_phone, point=HERE, division_code=code)

    assert [item["id"] for item in items] == [str(place.id) for place in (near, far, nowhere)]
    assert [item["distance_m"] for item in items] == [0, pytest.approx(900, abs=20), None]


async def test_ones_own_contact_points_come_first(world: World, session: AsyncSession) -> None:
    code = await build.a_village_code(session)
    near = await build.a_place(session, world.bureau, division_code=code)
    mine = await build.a_place(session, world.bureau, division_code=code)
    await build.a_circle(session, near)
    await build.a_circle(session, mine, centre=NORTH)
    await session.commit()
    await world.started(place_id=str(mine.id))

    leaders = await found(world.leader_phone, point=HERE, division_code=code)
    anothers = await found(world.stranger, point=HERE, division_code=code)

    assert [(item["id"], item["is_contact_point"]) for item in leaders] == [(str(mine.id), True), (str(near.id), False)]
    assert [(item["id"], item["is_contact_point"]) for item in anothers] == [
        (str(near.id), False),
        (str(mine.id), False),
    ]


async def test_a_contact_point_to_come_is_not_ones_own_yet(
    world: World, session: AsyncSession, clock: FakeClock
) -> None:
    code = await build.a_village_code(session)
    place = await build.a_place(session, world.bureau, division_code=code)
    await session.commit()
    await world.started(place_id=str(place.id), begins_on="2026-11-23")

    before = await found(world.leader_phone, division_code=code)
    clock.move(days=1)
    then = await found(world.leader_phone, division_code=code)
    clock.move(days=-1)

    assert [item["is_contact_point"] for item in (*before, *then)] == [False, True]


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
async def test_a_search_that_cannot_be_is_told(world: World, body: dict[str, Any], code: str) -> None:
    assert refusal(await world.leader_phone.post(URL, json=body)) == (422, code)


async def test_a_grid_lies_in_a_community_and_nothing_else_does(world: World, session: AsyncSession) -> None:
    body = {"kind": "grid", "name": "第三网格", "organisation_id": str(world.place.organisation_id)}
    enterprise = await build.a_place(session, world.bureau, kind=PlaceKind.ENTERPRISE)
    await session.commit()
    host = world.host

    made = await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(world.place.id)})
    refused = [
        await host.put(f"/v1/places/{new_id()}", json=body),
        await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(enterprise.id)}),
        await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(new_id())}),
        await host.put(f"/v1/places/{new_id()}", json=body | {"kind": "school", "parent_id": str(world.place.id)}),
    ]

    assert (made.status_code, made.json()["parent_id"]) == (201, str(world.place.id))
    assert {refusal(answer) for answer in refused} == {(422, "place.grid_without_community")}


async def test_a_credit_code_is_checked_and_belongs_to_one_place(world: World) -> None:
    body = {
        "kind": "enterprise",
        "name": "某公司",
        "organisation_id": str(world.place.organisation_id),
        "credit_code": "91110000600037341L",
    }

    made = await world.host.put(f"/v1/places/{new_id()}", json=body)
    taken = await world.host.put(f"/v1/places/{new_id()}", json=body)
    mistyped = await world.host.put(f"/v1/places/{new_id()}", json=body | {"credit_code": "91110000600037341M"})

    assert (made.status_code, made.json()["credit_code"]) == (201, "91110000600037341L")
    assert refusal(taken) == (409, "place.credit_code_taken")
    assert refusal(mistyped) == (422, "request.invalid")
    assert "校验码" in mistyped.text
