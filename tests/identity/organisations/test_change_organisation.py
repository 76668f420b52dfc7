"""Change an organisation: the request names the version it is based on; a stale one is refused."""

import asyncio
from typing import Any

from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import County
from tests.conftest import Caller


async def change(caller: Caller, organisation: Organisation, name: str, etag: str | None = '"1"') -> Response:
    body: dict[str, Any] = {"name": name, "division_code": None}
    headers = {"If-Match": etag} if etag else {}
    return await caller.put(f"/v1/organisations/{organisation.id}/description", json=body, headers=headers)


async def test_change_with_current_version_succeeds(api: Caller, county: County) -> None:
    signed_in = api.as_(county.administrator)
    before = await signed_in.get(f"/v1/organisations/{county.community.id}")

    answer = await change(signed_in, county.community, "新街口社区", before.headers["etag"])

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["name"], answer.json()["version"]) == ("新街口社区", 2)


async def test_change_without_version_is_refused(api: Caller, county: County) -> None:
    answer = await change(api.as_(county.administrator), county.town, "某镇", etag=None)

    assert (answer.status_code, answer.json()["code"]) == (428, "version.missing")


async def test_change_with_stale_version_returns_current_version(api: Caller, county: County) -> None:
    signed_in = api.as_(county.administrator)
    await change(signed_in, county.town, "第一")

    answer = await change(signed_in, county.town, "第二")

    assert (answer.status_code, answer.json()["code"]) == (412, "version.stale")
    assert answer.json()["facts"] == {"current_version": 2}


async def test_concurrent_changes_one_succeeds(api: Caller, county: County) -> None:
    signed_in = api.as_(county.administrator)

    answers = await asyncio.gather(*(change(signed_in, county.town, f"名称{number}") for number in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]


async def test_repeated_change_changes_nothing(api: Caller, county: County, session: AsyncSession) -> None:
    signed_in = api.as_(county.administrator)

    first, again = await change(signed_in, county.town, "某街道"), await change(signed_in, county.town, "某街道")

    assert (first.json(), again.status_code) == (again.json(), 200)
    assert await build.count(session, Event, subject_id=county.town.id) == 1


async def test_change_out_of_reach_returns_404_and_without_right_403(api: Caller, county: County) -> None:
    foreign = await change(api.as_(county.neighbour), county.town, "别处")
    unauthorised = await change(api.as_(county.officer), county.town, "别处")

    assert (foreign.status_code, unauthorised.status_code) == (404, 403)
