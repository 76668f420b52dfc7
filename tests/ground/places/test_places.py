"""Places: create within reach, read by all users, change with the current version."""

import asyncio
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from tests import build
from tests.build.county import County
from tests.conftest import Caller


def new_url() -> str:
    return f"/v1/places/{new_id()}"


def place_body(county: County, **changes: Any) -> dict[str, Any]:
    return {"kind": "community", "name": "新街口社区", "organisation_id": str(county.community.id)} | changes


async def test_place_repeated_request_creates_one_place(api: Caller, county: County) -> None:
    url, officer = new_url(), api.as_(county.officer)

    first, second = await officer.put(url, json=place_body(county)), await officer.put(url, json=place_body(county))
    other = await officer.put(url, json=place_body(county, name="别处"))

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()
    assert other.json()["code"] == "id.content_differs"


async def test_place_concurrent_requests_create_one_row_and_one_event(
    api: Caller, county: County, session: AsyncSession
) -> None:
    url, officer = new_url(), api.as_(county.officer)

    answers = await asyncio.gather(*(officer.put(url, json=place_body(county)) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_place_outside_reach_is_not_created(api: Caller, county: County, session: AsyncSession) -> None:
    before = await build.count(session, Place)

    foreign = await api.as_(county.neighbour).put(new_url(), json=place_body(county))
    beside = await api.as_(county.officer).put(
        new_url(), json=place_body(county, organisation_id=str(county.beside.id))
    )
    unauthorised = await api.as_(county.cadre).put(new_url(), json=place_body(county))

    assert [answer.status_code for answer in (foreign, beside, unauthorised)] == [404, 404, 403]
    assert await build.count(session, Place) == before


async def test_grid_in_community_outside_reach_is_refused(api: Caller, county: County, session: AsyncSession) -> None:
    community = await build.a_place(session, county.community)
    await session.commit()
    grid = {"kind": "grid", "name": "第三网格", "parent_id": str(community.id)}

    own = await api.as_(county.secretary).put(new_url(), json=place_body(county, **grid))
    other = await api.as_(county.neighbour).put(
        new_url(), json=place_body(county, **grid, organisation_id=str(county.beside.id))
    )

    assert (own.status_code, other.status_code) == (201, 403)


async def test_place_by_secretary_is_created_for_own_organisation_only(api: Caller, county: County) -> None:
    secretary = api.as_(county.secretary)

    own = await secretary.put(new_url(), json=place_body(county))
    above = await secretary.put(new_url(), json=place_body(county, organisation_id=str(county.town.id)))

    assert (own.status_code, above.status_code) == (201, 404)


async def test_place_with_unknown_division_is_refused(api: Caller, county: County) -> None:
    url, officer = new_url(), api.as_(county.officer)
    await officer.put(url, json=place_body(county))
    body = {"name": "新街口社区", "division_code": "990000"}

    created = await officer.put(new_url(), json=place_body(county, division_code="990000"))
    changed = await officer.put(f"{url}/description", json=body, headers={"If-Match": '"1"'})

    for answer in (created, changed):
        assert (answer.status_code, answer.json()["code"]) == (422, "place.division_unknown")


@pytest.mark.parametrize("name", ["", "\t", "x" * 201, "nul\x00inside"])
async def test_place_with_invalid_name_is_refused(api: Caller, county: County, name: str) -> None:
    answer = await api.as_(county.officer).put(new_url(), json=place_body(county, name=name))

    assert [error["where"] for error in answer.json()["errors"]] == ["body.name"]


async def test_place_change_needs_current_version(api: Caller, county: County) -> None:
    url, officer = new_url(), api.as_(county.officer)
    await officer.put(url, json=place_body(county))
    body, etag = {"name": "二号", "division_code": None}, {"If-Match": '"1"'}

    missing = await officer.put(f"{url}/description", json=body)
    changed, again = [await officer.put(f"{url}/description", json=body, headers=etag) for _ in range(2)]
    late = await officer.put(f"{url}/description", json=body | {"name": "三号"}, headers=etag)

    assert [answer.status_code for answer in (missing, changed, again, late)] == [428, 200, 200, 412]
    assert (changed.headers["etag"], again.json()) == ('"2"', changed.json())
    assert late.json()["facts"] == {"current_version": 2}


async def test_place_is_readable_by_all_users_and_changed_within_reach_only(api: Caller, county: County) -> None:
    url, body = new_url(), {"name": "二号", "division_code": None}
    await api.as_(county.officer).put(url, json=place_body(county))

    for person in (county.cadre, county.neighbour):
        answer = await api.as_(person).get(url)
        change = await api.as_(person).put(f"{url}/description", json=body, headers={"If-Match": '"1"'})
        assert (answer.status_code, change.status_code) == (200, 403)
        assert change.json()["code"] == "access.not_permitted"


async def test_place_unknown_id_is_not_found(api: Caller, county: County) -> None:
    answer = await api.as_(county.officer).get(new_url())

    assert (answer.status_code, answer.json()["code"]) == (404, "place.not_found")
