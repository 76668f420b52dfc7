"""Grids need a community as parent; a credit code belongs to one place."""

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.places import PlaceKind
from service.foundation.ids import new_id
from tests import build
from tests.ground.conftest import World, refusal


async def test_place_parent_is_required_for_grids_and_refused_for_others(world: World, session: AsyncSession) -> None:
    body = {"kind": "grid", "name": "第三网格", "organisation_id": str(world.place.organisation_id)}
    enterprise = await build.a_place(session, world.bureau, kind=PlaceKind.ENTERPRISE)
    await session.commit()
    host = world.host

    created = await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(world.place.id)})
    refused = [
        await host.put(f"/v1/places/{new_id()}", json=body),
        await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(enterprise.id)}),
        await host.put(f"/v1/places/{new_id()}", json=body | {"parent_id": str(new_id())}),
        await host.put(f"/v1/places/{new_id()}", json=body | {"kind": "school", "parent_id": str(world.place.id)}),
    ]

    assert (created.status_code, created.json()["parent_id"]) == (201, str(world.place.id))
    assert {refusal(answer) for answer in refused} == {(422, "place.grid_without_community")}


async def test_credit_code_is_verified_and_unique(world: World) -> None:
    body = {
        "kind": "enterprise",
        "name": "某公司",
        "organisation_id": str(world.place.organisation_id),
        "credit_code": "91110000600037341L",
    }

    created = await world.host.put(f"/v1/places/{new_id()}", json=body)
    duplicate = await world.host.put(f"/v1/places/{new_id()}", json=body)
    mistyped = await world.host.put(f"/v1/places/{new_id()}", json=body | {"credit_code": "91110000600037341M"})

    assert (created.status_code, created.json()["credit_code"]) == (201, "91110000600037341L")
    assert refusal(duplicate) == (409, "place.credit_code_taken")
    assert refusal(mistyped) == (422, "request.invalid")
    assert "校验码" in mistyped.text
