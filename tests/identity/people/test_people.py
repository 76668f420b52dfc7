"""Persons: created once for an organisation in reach; each read is logged."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock


def a_url() -> str:
    return f"/v1/people/{new_id()}"


def person_body(county: County, **fields: Any) -> dict[str, Any]:
    return {"name": "王芳", "organisation_id": str(county.town.id)} | fields


async def test_repeated_person_is_created_once(api: Caller, county: County, settings: Settings) -> None:
    url, signed_in = a_url(), api.as_(county.administrator)

    first, second = (
        await signed_in.put(url, json=person_body(county)),
        await signed_in.put(url, json=person_body(county)),
    )
    other = await signed_in.put(url, json=person_body(county, name="李强"))

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()
    assert access_log(settings, url[-36:]) == [("person.created", str(county.administrator.id))]


async def test_parallel_requests_create_one_person(api: Caller, county: County, session: AsyncSession) -> None:
    url, signed_in = a_url(), api.as_(county.administrator)

    answers = await asyncio.gather(*(signed_in.put(url, json=person_body(county)) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert await build.count(session, Event, subject_id=url[-36:]) == 1


async def test_person_out_of_reach_or_without_permission_is_not_created(
    api: Caller, county: County, session: AsyncSession
) -> None:
    before = await build.count(session, Person)

    foreign = await api.as_(county.neighbour).put(a_url(), json=person_body(county))
    unauthorised = await api.as_(county.officer).put(a_url(), json=person_body(county))

    assert (foreign.status_code, foreign.json()["code"]) == (404, "organisation.not_found")
    assert (unauthorised.status_code, unauthorised.json()["code"]) == (403, "access.not_permitted")
    assert await build.count(session, Person) == before


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "nul\x00inside"])
async def test_malformed_name_is_a_validation_error(api: Caller, county: County, name: str) -> None:
    answer = await api.as_(county.administrator).put(a_url(), json=person_body(county, name=name))

    assert [error["where"] for error in answer.json()["errors"]] == ["body.name"]


async def test_person_is_read_by_self_and_administrator_with_log(
    api: Caller, county: County, settings: Settings
) -> None:
    url, readers = f"/v1/people/{county.secretary.id}", (county.secretary, county.administrator)

    answers = [await api.as_(reader).get(url) for reader in readers]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].headers["etag"] == '"1"'
    assert access_log(settings, county.secretary.id) == [("person.read", str(reader.id)) for reader in readers]


async def test_person_is_not_found_by_others(api: Caller, county: County, settings: Settings) -> None:
    others = (county.cadre, county.officer, county.neighbour)

    answers = [await api.as_(other).get(f"/v1/people/{county.secretary.id}") for other in others]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "person.not_found")] * 3
    assert county.secretary.name not in "".join(answer.text for answer in answers)
    assert access_log(settings, county.secretary.id) == []


async def test_administrator_reads_person_posted_in_reach(api: Caller, county: County, session: AsyncSession) -> None:
    await build.a_posting(session, county.secretary, county.beside, Role.CADRE)
    await session.commit()

    answer = await api.as_(county.neighbour).get(f"/v1/people/{county.secretary.id}")

    assert answer.status_code == 200


async def test_former_administrator_reads_only_self(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    former = await build.a_person(session)
    until = clock() - timedelta(seconds=1)
    await build.a_posting(session, former, county.town, Role.SYSTEM_ADMINISTRATOR, valid_until=until)
    await session.commit()

    other = await api.as_(former).get(f"/v1/people/{county.secretary.id}")
    own = await api.as_(former).get(f"/v1/people/{former.id}")

    assert (other.status_code, own.status_code) == (404, 200)
