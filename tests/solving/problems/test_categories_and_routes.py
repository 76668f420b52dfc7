"""Only the administrator of the whole jurisdiction sets categories and routes."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from tests import build
from tests.build.county import County, access_log, county
from tests.conftest import Caller
from tests.solving.problems.conftest import World

__all__ = ["county"]
CATEGORY = {"name": "路灯照明", "respond_days": 1, "solve_days": 5}


async def root_administrator(session: AsyncSession, county: County, api: Caller) -> Caller:
    person = await build.a_person(session)
    await build.a_posting(session, person, county.root, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    return api.as_(person)


def a_route(world: World, county: County, **fields: Any) -> dict[str, Any]:
    return {
        "category_code": "lighting",
        "division_code": world.place.division_code,
        "organisation_id": str(county.town.id),
    } | fields


async def test_administrator_of_a_part_cannot_set_routes_or_categories(
    api: Caller, county: County, world: World
) -> None:
    administrator = api.as_(county.administrator)

    route = await administrator.put(f"/v1/problem-routes/{new_id()}", json=a_route(world, county))
    category = await administrator.put("/v1/problem-categories/lighting", json=CATEGORY)

    assert (route.status_code, category.status_code) == (403, 403)


async def test_root_administrator_sets_category_and_route_with_log_entry(
    api: Caller, county: County, world: World, session: AsyncSession, settings: Settings
) -> None:
    client, route_id = await root_administrator(session, county, api), new_id()

    category = await client.put("/v1/problem-categories/lighting", json=CATEGORY)
    route = await client.put(f"/v1/problem-routes/{route_id}", json=a_route(world, county))

    assert (category.status_code, route.status_code) == (200, 200)
    assert [action for action, _ in access_log(settings, route_id)] == ["problem_route.set"]


@pytest.mark.parametrize(
    "fields", [{"organisation_id": "01936f5e-7c00-7000-8000-00000000ffff"}, {"category_code": "weather"}]
)
async def test_route_with_unknown_organisation_or_category_is_refused(
    api: Caller, county: County, world: World, session: AsyncSession, fields: dict[str, Any]
) -> None:
    client = await root_administrator(session, county, api)

    answer = await client.put(f"/v1/problem-routes/{new_id()}", json=a_route(world, county, **fields))

    assert answer.status_code in {404, 422}


async def test_categories_are_listed_in_pages_for_everybody(world: World) -> None:
    first = (await world.phone.get("/v1/problem-categories", params={"limit": 1})).json()
    second = (await world.phone.get("/v1/problem-categories", params={"cursor": first["next_cursor"]})).json()
    garbage = await world.phone.get("/v1/problem-categories", params={"cursor": "garbage"})

    assert [item["code"] for item in first["items"] + second["items"]] == ["lighting", "other"]
    assert (second["next_cursor"], garbage.status_code) == (None, 400)
