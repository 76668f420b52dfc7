"""`World`: a cadre, an owner with handler, a dispatcher, a community, categories and a route."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.solving.problems.tables import ProblemCategory, ProblemRoute
from tests import build
from tests.conftest import Caller

CONTACT = {"name": "王秀英", "phone": "13912345678"}
ANSWER = {"outcome": "solved", "answer": "路灯已修好，今晚起正常照明。"}


@dataclass
class World:
    cadre: Person
    organ: Organisation
    owner: Organisation
    community: Organisation
    place: Place
    phone: Caller
    handler: Caller
    desk: Caller
    secretary: Caller
    api: Caller

    def problem_body(self, **fields: Any) -> dict[str, Any]:
        return {
            "place_id": str(self.place.id),
            "category_code": "lighting",
            "description": "三号楼门口路灯不亮",
        } | fields


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    city = await build.an_organisation(session)
    organ, owner, community = [await build.an_organisation(session, under=city, name="某单位") for _ in range(3)]
    place = await build.a_place(session, community, division_code=await build.a_village_code(session))
    cadre = await build.a_person(session)
    await build.a_posting(session, cadre, organ, Role.CADRE)
    callers = []
    for role, organisation in (
        (Role.HANDLER, owner),
        (Role.DISPATCHER, city),
        (Role.COMMUNITY_SECRETARY, community),
    ):
        person = await build.a_person(session)
        await build.a_posting(session, person, organisation, role)
        callers.append(api.as_(person))
    if await session.get(ProblemCategory, "lighting") is None:
        session.add(ProblemCategory(code="lighting", name="路灯照明", respond_days=1, solve_days=5))
        session.add(ProblemCategory(code="other", name="其他", respond_days=2, solve_days=10))
    await session.flush()
    session.add(
        ProblemRoute(
            id=new_id(),
            category_code="lighting",
            division_code=str(place.division_code)[:9],
            organisation_id=owner.id,
        )
    )
    await session.commit()
    return World(cadre, organ, owner, community, place, api.as_(cadre), *callers, api)


Move = Callable[..., Awaitable[httpx.Response]]


async def move_problem(caller: Caller, url: str, noun: str, body: Any = None) -> httpx.Response:
    """Send a move with the version that the caller reads now."""
    return await caller.put(f"{url}/{noun}", json=body, headers={"If-Match": (await caller.get(url)).headers["etag"]})


async def raise_problem(world: World, **fields: Any) -> tuple[str, str]:
    """Raise a problem. Returns its URL and the path of its private link."""
    url = f"/v1/problems/{new_id()}"
    answer = await world.phone.put(url, json=world.problem_body(**fields))
    assert answer.status_code == 201, answer.text
    return url, "/p/" + answer.json()["link"].rsplit("/", 1)[1]


async def raise_and_answer(world: World, **fields: Any) -> tuple[str, str]:
    """Raise, accept and answer a problem. Returns its URL and the path of its private link."""
    url, link = await raise_problem(world, **fields)
    assert (await move_problem(world.handler, url, "acceptance")).status_code == 200
    assert (await move_problem(world.handler, url, "answer", ANSWER)).status_code == 200
    return url, link
