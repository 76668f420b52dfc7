"""Start, end and list postings; a right begins and ends with its posting."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from httpx import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.tree.tables import Posting
from tests import build
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock


def new_url() -> str:
    return f"/v1/postings/{new_id()}"


@pytest.fixture
async def person_id(session: AsyncSession) -> UUID:
    person = await build.a_person(session)
    await session.commit()
    return person.id


def posting_body(county: County, person_id: UUID, clock: FakeClock, **fields: Any) -> dict[str, Any]:
    body = {"person_id": str(person_id), "organisation_id": str(county.town.id), "role": "organ_committee_officer"}
    return body | {"valid_from": clock().isoformat()} | fields


async def end_posting(
    caller: Caller, posting: Posting | str, valid_until: object, etag: str | None = '"1"'
) -> Response:
    url = posting if isinstance(posting, str) else f"/v1/postings/{posting.id}"
    headers = {"If-Match": etag} if etag else {}
    return await caller.put(f"{url}/end", json={"valid_until": str(valid_until)}, headers=headers)


async def test_posting_sent_twice_starts_once_and_is_logged(
    api: Caller, county: County, person_id: UUID, clock: FakeClock, settings: Settings
) -> None:
    url, signed_in = new_url(), api.as_(county.administrator)
    body = posting_body(county, person_id, clock)

    first, second = await signed_in.put(url, json=body), await signed_in.put(url, json=body)
    other = await signed_in.put(url, json=body | {"role": "cadre"})

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()
    assert access_log(settings, person_id) == [("posting.started", str(county.administrator.id))]


async def test_posting_in_organisation_out_of_reach_is_refused(
    api: Caller, county: County, person_id: UUID, clock: FakeClock
) -> None:
    body = posting_body(county, person_id, clock)

    foreign = await api.as_(county.neighbour).put(new_url(), json=body)
    unauthorised = await api.as_(county.officer).put(new_url(), json=body)

    assert (foreign.status_code, foreign.json()["code"]) == (404, "organisation.not_found")
    assert (unauthorised.status_code, unauthorised.json()["code"]) == (403, "access.not_permitted")


async def test_posting_of_unknown_person_is_refused(api: Caller, county: County, clock: FakeClock) -> None:
    answer = await api.as_(county.administrator).put(new_url(), json=posting_body(county, new_id(), clock))

    assert (answer.status_code, answer.json()["code"]) == (404, "posting.person_not_found")


async def test_posting_with_end_before_start_is_refused(
    api: Caller, county: County, person_id: UUID, clock: FakeClock, session: AsyncSession
) -> None:
    signed_in, yesterday = api.as_(county.administrator), clock() - timedelta(days=1)
    url = new_url()
    await signed_in.put(url, json=posting_body(county, person_id, clock))

    created = await signed_in.put(
        new_url(), json=posting_body(county, person_id, clock, valid_until=yesterday.isoformat())
    )
    ended = await end_posting(signed_in, url, yesterday)

    for answer in (created, ended):
        assert (answer.status_code, answer.json()["code"]) == (422, "posting.ends_before_it_begins")
    assert await build.count(session, Posting, person_id=person_id) == 1


async def test_ending_a_posting_requires_the_current_version(
    api: Caller, county: County, person_id: UUID, clock: FakeClock
) -> None:
    url, signed_in = new_url(), api.as_(county.administrator)
    await signed_in.put(url, json=posting_body(county, person_id, clock))
    today, tomorrow = clock(), clock() + timedelta(days=1)

    without_version, ended = await end_posting(signed_in, url, today, None), await end_posting(signed_in, url, today)
    repeated, stale = await end_posting(signed_in, url, today), await end_posting(signed_in, url, tomorrow)

    assert [answer.status_code for answer in (without_version, ended, repeated, stale)] == [428, 200, 200, 412]
    assert (ended.headers["etag"], stale.json()["facts"]) == ('"2"', {"current_version": 2})


async def test_ending_posting_out_of_reach_returns_404_and_readable_only_403(
    api: Caller, county: County, person_id: UUID, clock: FakeClock
) -> None:
    url = new_url()
    await api.as_(county.administrator).put(url, json=posting_body(county, person_id, clock))

    foreign = await end_posting(api.as_(county.neighbour), url, clock())
    readable = await end_posting(api.as_(county.officer), url, clock())
    unknown = await end_posting(api.as_(county.administrator), new_url(), clock())

    assert (foreign.status_code, foreign.json()["code"]) == (404, "posting.not_found")
    assert (readable.status_code, readable.json()["code"]) == (403, "access.not_permitted")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "posting.not_found")


async def test_right_begins_and_ends_with_posting(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    person = await build.a_person(session)
    begins, ends = clock() + timedelta(minutes=5), clock() + timedelta(minutes=10)
    await build.a_posting(
        session, person, county.town, Role.ORGAN_COMMITTEE_OFFICER, valid_from=begins, valid_until=ends
    )
    await session.commit()
    url, counts = f"/v1/postings?organisation_id={county.town.id}&person_id={county.cadre.id}", []

    for _ in range(3):
        counts.append(len((await api.as_(person).get(url)).json()["items"]))
        clock.move(minutes=5)

    assert counts == [0, 1, 0]


async def test_person_lists_own_postings_including_ended_ones(
    api: Caller, county: County, session: AsyncSession, clock: FakeClock
) -> None:
    person = await build.a_person(session)
    await build.a_posting(session, person, county.town, Role.CADRE, valid_until=clock() - timedelta(days=1))
    await session.commit()

    own = (await api.as_(person).get("/v1/postings")).json()["items"]
    of_a_colleague = (await api.as_(person).get(f"/v1/postings?person_id={county.cadre.id}")).json()["items"]

    assert [(item["person_id"], item["role"]) for item in own] == [(str(person.id), "cadre")]
    assert of_a_colleague == []
