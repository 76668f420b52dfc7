"""Fixture of placements: a bureau that sends people and a village that hosts them."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller

URL = "/v1/placements"
SELECTIONS_URL = "/v1/placement-selections"
BASED_ON_1, BASED_ON_2 = {"If-Match": '"1"'}, {"If-Match": '"2"'}


@dataclass
class World:
    bureau: Organisation
    village: Organisation
    people: dict[str, Person]
    api: Caller

    def as_(self, name: str) -> Caller:
        """Sign in again, because a test may move the clock past the expiry of a token."""
        return self.api.as_(self.people[name])

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "person_id": str(self.people["young"].id),
            "kind": "village_posting",
            "sending_id": str(self.bureau.id),
            "host_id": str(self.village.id),
            "topic": "驻村帮扶",
            "begins_on": "2026-11-01",
            "ends_on": "2027-10-31",
        } | changes

    async def start(self, *, by: str = "officer", **changes: Any) -> str:
        """Start a placement; return its URL."""
        url = f"{URL}/{new_id()}"
        answer = await self.as_(by).put(url, json=self.body(**changes))
        assert answer.status_code == 201, answer.text
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the error code of a refused request."""
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county = await build.an_organisation(session)
    bureau, other = [await build.an_organisation(session, under=county) for _ in range(2)]
    village = await build.an_organisation(session, under=county, kind="villagers_committee")
    people = {
        "young": await somebody(session, Role.CADRE, bureau),
        "old": await somebody(session, Role.CADRE, bureau),
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "colleague": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "host": await somebody(session, Role.COMMUNITY_SECRETARY, village),
        "stranger": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, other),
    }
    await session.commit()
    return World(bureau, village, people, api)
