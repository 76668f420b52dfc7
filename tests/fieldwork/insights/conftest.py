"""Fixtures: a bureau that records insights, a deciding unit, and a community with a place."""

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
from service.solving.problems.tables import ProblemCategory
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller

URL = "/v1/insights"
BASED_ON_1, BASED_ON_2 = {"If-Match": '"1"'}, {"If-Match": '"2"'}


@dataclass
class World:
    bureau: Organisation
    deciding: Organisation
    place: Place
    category_code: str
    cadres: list[Person]
    people: dict[str, Person]
    phones: dict[str, Caller]
    api: Caller

    def body(self, **fields: Any) -> dict[str, Any]:
        return {
            "kind": "opinion",
            "category_code": self.category_code,
            "content": "晚高峰公交车太少",
            "place_id": str(self.place.id),
        } | fields

    async def create_insight(self, who: str = "cadre", **fields: Any) -> str:
        url = f"{URL}/{new_id()}"
        answer = await self.phones[who].put(url, json=self.body(**fields))
        assert answer.status_code == 201, answer.text
        return url

    async def create_routed_insight(self, who: str = "cadre", **fields: Any) -> str:
        """Create an insight that is routed to the deciding unit; returns its URL."""
        url = await self.create_insight(who, **fields)
        to = {"organisation_id": str(self.deciding.id)}
        assert (await self.phones["officer"].put(f"{url}/routing", json=to, headers=BASED_ON_1)).status_code == 200
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county = await build.an_organisation(session)
    bureau, deciding, other = [await build.an_organisation(session, under=county) for _ in range(3)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    place = await build.a_place(session, community, division_code=await build.a_village_code(session))
    code = f"t{new_id().hex[-12:]}"
    session.add(ProblemCategory(code=code, name="公交", respond_days=2, solve_days=10))
    cadres = [await somebody(session, Role.CADRE, bureau) for _ in range(6)]
    people = {
        "cadre": cadres[0],
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "decider": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, deciding),
        "stranger": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, other),
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, community),
    }
    await session.commit()
    phones = {who: api.as_(person) for who, person in people.items()}
    phones |= {f"cadre{number}": api.as_(person) for number, person in enumerate(cadres)}
    return World(bureau, deciding, place, code, cadres, people, phones, api)
