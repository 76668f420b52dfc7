"""A leader with an officer and a host: the unit's side and the place's side of a contact point."""

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
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller

URL = "/v1/contact-points"
BASED_ON_1 = {"If-Match": '"1"'}


@dataclass
class World:
    """A county with a bureau and, elsewhere, a community with its place."""

    bureau: Organisation
    leader: Person
    successor: Person
    place: Place
    api: Caller
    people: dict[str, Person]

    # signed in anew at each use: a test may move the clock beyond a token's time
    @property
    def leader_phone(self) -> Caller:
        return self.api.as_(self.leader)

    @property
    def officer(self) -> Caller:
        """Of the bureau."""
        return self.api.as_(self.people["officer"])

    @property
    def above(self) -> Caller:
        """An officer of the county above it."""
        return self.api.as_(self.people["above"])

    @property
    def host(self) -> Caller:
        """The secretary of the community."""
        return self.api.as_(self.people["host"])

    @property
    def stranger(self) -> Caller:
        """An officer of another bureau."""
        return self.api.as_(self.people["stranger"])

    def asked(self, **said: Any) -> dict[str, Any]:
        return {
            "leader_id": str(self.leader.id),
            "organisation_id": str(self.bureau.id),
            "place_id": str(self.place.id),
            "purpose": "联系困难群众，指导社区治理",
            "begins_on": "2026-11-01",
            "ends_on": "2027-10-31",
        } | said

    async def started(self, **said: Any) -> str:
        """The address of a contact point that has begun."""
        url = f"{URL}/{new_id()}"
        answer = await self.officer.put(url, json=self.asked(**said))
        assert answer.status_code == 201, answer.text
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county = await build.an_organisation(session)
    bureau, other = [await build.an_organisation(session, under=county) for _ in range(2)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    leader, successor = [await somebody(session, Role.CADRE, bureau) for _ in range(2)]
    people = {
        "officer": await somebody(session, Role.OFFICER, bureau),
        "above": await somebody(session, Role.OFFICER, county),
        "host": await somebody(session, Role.COMMUNITY_SECRETARY, community),
        "stranger": await somebody(session, Role.OFFICER, other),
    }
    place = await build.a_place(session, community)
    await session.commit()
    return World(bureau, leader, successor, place, api, people)
