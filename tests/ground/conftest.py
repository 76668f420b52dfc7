"""Fixture of contact points: a leader and officers of a bureau, and a community with a place."""

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
    """A county with a bureau, and a community with a place."""

    bureau: Organisation
    leader: Person
    successor: Person
    place: Place
    api: Caller
    people: dict[str, Person]

    # each property signs in again, because a test may move the clock past the expiry of a token
    @property
    def leader_phone(self) -> Caller:
        return self.api.as_(self.leader)

    @property
    def officer(self) -> Caller:
        """An officer of the bureau."""
        return self.api.as_(self.people["officer"])

    @property
    def county_officer(self) -> Caller:
        """An officer of the county, which is above the bureau."""
        return self.api.as_(self.people["county_officer"])

    @property
    def host(self) -> Caller:
        """The secretary of the community."""
        return self.api.as_(self.people["host"])

    @property
    def stranger(self) -> Caller:
        """An officer of another bureau."""
        return self.api.as_(self.people["stranger"])

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "leader_id": str(self.leader.id),
            "organisation_id": str(self.bureau.id),
            "place_id": str(self.place.id),
            "purpose": "联系困难群众，指导社区治理",
            "begins_on": "2026-11-01",
            "ends_on": "2027-10-31",
        } | changes

    async def start(self, **changes: Any) -> str:
        """Start a contact point; return its URL."""
        url = f"{URL}/{new_id()}"
        answer = await self.officer.put(url, json=self.body(**changes))
        assert answer.status_code == 201, answer.text
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the error code of a refused request."""
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county = await build.an_organisation(session)
    bureau, other = [await build.an_organisation(session, under=county) for _ in range(2)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    leader, successor = [await somebody(session, Role.CADRE, bureau) for _ in range(2)]
    people = {
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "county_officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county),
        "host": await somebody(session, Role.COMMUNITY_SECRETARY, community),
        "stranger": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, other),
    }
    place = await build.a_place(session, community)
    await session.commit()
    return World(bureau, leader, successor, place, api, people)
