"""Fixture of residence reports: a member and two communities, each with a branch and a secretary."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.domains import DOMAINS
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.outward.webhooks.leases import DeliveryTools
from tests import build
from tests.build.divisions import a_file, a_tree, run_division_import
from tests.conftest import Caller, FakeClock

URL = "/v1/residence-reports"
HERE, ELSEWHERE = "320101001001", "320101001002"
"""The division codes of two communities."""


@dataclass
class World:
    member: Person
    phone: Caller
    """The session of the member."""
    branch: Organisation
    secretary: Caller
    """The secretary of the branch."""
    elsewhere: Organisation
    """The Party branch of the other community."""
    secretary_elsewhere: Caller

    async def report(self, branch: Organisation | None = None) -> str:
        """Submit a report of the member; return its URL."""
        url = f"{URL}/{new_id()}"
        answer = await self.phone.put(url, json=report_body(branch or self.branch))
        assert answer.status_code == 201, answer.text
        return url

    async def confirm(self, url: str) -> None:
        answer = await self.secretary.put(f"{url}/confirmation", headers=BASED_ON_1)
        assert answer.status_code == 200, answer.text


BASED_ON_1, BASED_ON_2 = {"If-Match": '"1"'}, {"If-Match": '"2"'}


def report_body(organisation: Organisation) -> dict[str, Any]:
    return {"organisation_id": str(organisation.id)}


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the error code of a refused request."""
    return answer.status_code, answer.json()["code"]


async def create_branch(session: AsyncSession, **fields: Any) -> Organisation:
    """Create the Party branch of a community."""
    return await build.an_organisation(session, **{"family": "party", "kind": "branch", "division_code": HERE} | fields)


async def sign_in_secretary(session: AsyncSession, api: Caller, branch: Organisation) -> Caller:
    person = await build.a_person(session)
    await build.a_posting(session, person, branch, Role.COMMUNITY_SECRETARY)
    return api.as_(person)


@pytest.fixture(scope="module")
async def divisions(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory: Path = tmp_path_factory.mktemp("divisions")
    await run_division_import(settings, a_file(directory, a_tree("32")))


@pytest.fixture
async def world(session: AsyncSession, api: Caller, divisions: None) -> World:
    member = await build.a_person(session)
    branch, elsewhere = await create_branch(session), await create_branch(session, division_code=ELSEWHERE)
    secretary = await sign_in_secretary(session, api, branch)
    secretary_elsewhere = await sign_in_secretary(session, api, elsewhere)
    await session.commit()
    return World(member, api.as_(member), branch, secretary, elsewhere, secretary_elsewhere)


@pytest.fixture(scope="module")
async def tools(engine: AsyncEngine, keys: Keys, settings: Settings, clock: FakeClock) -> AsyncIterator[DeliveryTools]:
    """The tools of a webhook delivery run."""
    pool = AutocommitPool(settings)
    await pool.open()
    yield DeliveryTools(engine, pool, keys, settings, DOMAINS.links(settings.public_url), clock, jitter=lambda: 0.0)
    await pool.close()
