"""A county with a town and a community, officers of each level, and calls to set and read rules."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller

TODAY, YESTERDAY = "2026-11-22", "2026-11-21"
KEY = "visit.record_open_days"
SOURCE = "县委办〔2026〕12号《走访工作办法》第八条"
URL = "/v1/local-rules"


@dataclass
class World:
    """county → town → community, and a caller for each person."""

    county: Organisation
    town: Organisation
    community: Organisation
    county_officer: Caller
    town_officer: Caller
    administrator: Caller
    """Of the county."""
    cadre: Caller
    """Of the community."""
    stranger: Caller
    """An officer of another county."""

    async def set_rule(
        self, caller: Caller, organisation: Organisation, value: int | None, **fields: Any
    ) -> httpx.Response:
        body = {"organisation_id": str(organisation.id), "key": KEY, "value": value}
        body |= {"valid_from": TODAY, "source": SOURCE} | fields
        return await caller.put(f"{URL}/{new_id()}", json=body)

    async def effective_rule(self, organisation: Organisation, on: str | None = None, key: str = KEY) -> dict[str, Any]:
        query = {"organisation_id": str(organisation.id), "key": key} | ({"on": on} if on else {})
        (item,) = (await self.cadre.get(f"{URL}/effective", params=query)).json()["items"]
        assert isinstance(item, dict)
        return item


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    county, elsewhere = await build.an_organisation(session), await build.an_organisation(session)
    town = await build.an_organisation(session, under=county)
    community = await build.an_organisation(session, under=town, kind="residents_committee")
    people = [
        await somebody(session, role, organisation)
        for role, organisation in (
            (Role.ORGAN_COMMITTEE_OFFICER, county),
            (Role.ORGAN_COMMITTEE_OFFICER, town),
            (Role.SYSTEM_ADMINISTRATOR, county),
            (Role.CADRE, community),
            (Role.ORGAN_COMMITTEE_OFFICER, elsewhere),
        )
    ]
    await session.commit()
    return World(county, town, community, *map(api.as_, people))


def status_and_code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def day_after_start(days: int) -> date:
    return date.fromordinal(START.date().toordinal() + days)
