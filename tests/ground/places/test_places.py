"""Places: created once under an organisation in reach, seen by everybody signed in, changed on the version read."""

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


def a_url() -> str:
    return f"/v1/places/{new_id()}"


def asked(county: County, **said: Any) -> dict[str, Any]:
    return {"kind": "community", "name": "新街口社区", "organisation_id": str(county.community.id)} | said


async def test_a_place_sent_twice_is_created_once(api: Caller, county: County) -> None:
    url, officer = a_url(), api.as_(county.officer)

    first, second = await officer.put(url, json=asked(county)), await officer.put(url, json=asked(county))
    other = await officer.put(url, json=asked(county, name="别处"))

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()
    assert other.json()["code"] == "id.content_differs"


async def test_two_at_once_are_one_row_and_one_event(api: Caller, county: County, session: AsyncSession) -> None:
    url, officer = a_url(), api.as_(county.officer)

    answers = await asyncio.gather(*(officer.put(url, json=asked(county)) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_a_place_is_created_within_reach_only(api: Caller, county: County, session: AsyncSession) -> None:
    before = await build.count(session, Place)

    foreign = await api.as_(county.neighbour).put(a_url(), json=asked(county))
    beside = await api.as_(county.officer).put(a_url(), json=asked(county, organisation_id=str(county.beside.id)))
    unauthorised = await api.as_(county.cadre).put(a_url(), json=asked(county))

    assert [answer.status_code for answer in (foreign, beside, unauthorised)] == [404, 404, 403]
    assert await build.count(session, Place) == before


async def test_a_grid_is_made_within_a_community_in_reach_only(
    api: Caller, county: County, session: AsyncSession
) -> None:
    community = await build.a_place(session, county.community)
    await session.commit()
    grid = {"kind": "grid", "name": "第三网格", "parent_id": str(community.id)}

    own = await api.as_(county.secretary).put(a_url(), json=asked(county, **grid))
    of_others = await api.as_(county.neighbour).put(
        a_url(), json=asked(county, **grid, organisation_id=str(county.beside.id))
    )

    assert (own.status_code, of_others.status_code) == (201, 403)


async def test_a_secretary_makes_places_of_the_own_organisation(api: Caller, county: County) -> None:
    secretary = api.as_(county.secretary)

    own = await secretary.put(a_url(), json=asked(county))
    above = await secretary.put(a_url(), json=asked(county, organisation_id=str(county.town.id)))

    assert (own.status_code, above.status_code) == (201, 404)


async def test_an_unknown_division_is_named(api: Caller, county: County) -> None:
    url, officer = a_url(), api.as_(county.officer)
    await officer.put(url, json=asked(county))
    body = {"name": "新街口社区", "division_code": "990000"}

    created = await officer.put(a_url(), json=asked(county, division_code="990000"))
    changed = await officer.put(f"{url}/description", json=body, headers={"If-Match": '"1"'})

    for answer in (created, changed):
        assert (answer.status_code, answer.json()["code"]) == (422, "place.division_unknown")


@pytest.mark.parametrize("name", ["", "\t", "x" * 201, "nul\x00inside"])
async def test_a_name_that_is_none_is_refused(api: Caller, county: County, name: str) -> None:
    answer = await api.as_(county.officer).put(a_url(), json=asked(county, name=name))

    assert [flaw["where"] for flaw in answer.json()["errors"]] == ["body.name"]


async def test_a_change_needs_the_version_read(api: Caller, county: County) -> None:
    url, officer = a_url(), api.as_(county.officer)
    await officer.put(url, json=asked(county))
    body, etag = {"name": "二号", "division_code": None}, {"If-Match": '"1"'}

    missing = await officer.put(f"{url}/description", json=body)
    taken, again = [await officer.put(f"{url}/description", json=body, headers=etag) for _ in range(2)]
    late = await officer.put(f"{url}/description", json=body | {"name": "三号"}, headers=etag)

    assert [answer.status_code for answer in (missing, taken, again, late)] == [428, 200, 200, 412]
    assert (taken.headers["etag"], again.json()) == ('"2"', taken.json())
    assert late.json()["facts"] == {"current_version": 2}


async def test_everybody_sees_a_place_and_only_those_in_reach_change_it(api: Caller, county: County) -> None:
    url, body = a_url(), {"name": "二号", "division_code": None}
    await api.as_(county.officer).put(url, json=asked(county))

    for person in (county.cadre, county.neighbour):
        seen = await api.as_(person).get(url)
        change = await api.as_(person).put(f"{url}/description", json=body, headers={"If-Match": '"1"'})
        assert (seen.status_code, change.status_code) == (200, 403)
        assert change.json()["code"] == "access.not_permitted"


async def test_a_place_that_is_none_is_not_there(api: Caller, county: County) -> None:
    answer = await api.as_(county.officer).get(a_url())

    assert (answer.status_code, answer.json()["code"]) == (404, "place.not_found")
