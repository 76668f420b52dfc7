"""Create, end and list links: both ends in reach, one of a kind at a time, events for both ends."""

import asyncio
from typing import Any

import pytest
from httpx import Response
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, OrganisationLink
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller

NOW = START.isoformat()


@pytest.fixture
async def root_administrator(session: AsyncSession, county: County) -> Person:
    """The administrator of the whole county."""
    person = await somebody(session, "system_administrator", county.root)
    await session.commit()
    return person


def link_body(start: Organisation, end: Organisation, **fields: Any) -> dict[str, Any]:
    return {"kind": "manages", "from_id": str(start.id), "to_id": str(end.id), "valid_from": NOW} | fields


async def start_link(caller: Caller, **body: Any) -> Response:
    return await caller.put(f"/v1/organisation-links/{new_id()}", json=body)


async def end_link(caller: Caller, link_id: str, valid_until: str | None = None, etag: str = '"1"') -> Response:
    body = {"valid_until": valid_until} if valid_until else {}
    return await caller.put(f"/v1/organisation-links/{link_id}/end", json=body, headers={"If-Match": etag})


async def test_link_sent_twice_is_created_once_and_event_names_both_ends(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    url, body = f"/v1/organisation-links/{new_id()}", link_body(county.town, county.beside)

    first, second = [await api.as_(root_administrator).put(url, json=body) for _ in range(2)]
    other = await api.as_(root_administrator).put(url, json=body | {"kind": "guides"})

    assert (first.status_code, second.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == second.json()
    (event,) = (await session.exec(select(Event).where(Event.subject_id == url[-36:]))).all()
    assert set(event.organisation_ids) == {county.town.id, county.beside.id}
    assert event.payload == {"kind": "manages", "from_id": body["from_id"], "to_id": body["to_id"]}


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"to_id": "{town}"}, 422, "organisation_link.to_itself"),
        ({"valid_until": "2020-01-01T00:00:00Z"}, 422, "organisation_link.ends_before_it_begins"),
        ({"kind": "belongs_to"}, 422, "organisation_link.does_not_fit"),
        ({"to_id": "{root}"}, 422, "organisation_link.against_tree"),
        ({"to_id": "{unknown}"}, 404, "organisation.not_found"),
        ({"kind": "leads"}, 422, "request.invalid"),
        ({"valid_from": "2026-11-22"}, 422, "request.invalid"),
    ],
)
async def test_invalid_link_is_refused_with_code(
    api: Caller, county: County, root_administrator: Person, fields: dict[str, str], status: int, code: str
) -> None:
    ids = {"town": county.town.id, "root": county.root.id, "unknown": new_id()}
    body = link_body(county.town, county.beside) | {key: value.format(**ids) for key, value in fields.items()}

    answer = await start_link(api.as_(root_administrator), **body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_concurrent_links_between_the_same_two_keep_one(
    api: Caller, county: County, session: AsyncSession, root_administrator: Person
) -> None:
    bodies = [link_body(county.town, county.beside), link_body(county.beside, county.town)] * 3

    answers = await asyncio.gather(*(start_link(api.as_(root_administrator), **body) for body in bodies))

    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"organisation_link.overlaps"}
    links = select(OrganisationLink).where(col(OrganisationLink.from_id).in_((county.town.id, county.beside.id)))
    assert len((await session.exec(links)).all()) == 1


async def test_link_with_one_end_out_of_reach_is_neither_created_nor_ended(
    api: Caller, county: County, session: AsyncSession
) -> None:
    link = await build.a_link(session, "exchanges", county.town, county.beside)
    await session.commit()

    for person, status in ((county.administrator, 404), (county.neighbour, 404), (county.officer, 403)):
        answer = await start_link(api.as_(person), **link_body(county.town, county.beside))
        assert answer.status_code == status
        assert (await end_link(api.as_(person), str(link.id))).status_code == status


async def test_link_ends_once_now_or_later_but_not_in_the_past(
    api: Caller, county: County, root_administrator: Person
) -> None:
    signed_in = api.as_(root_administrator)
    link_id = (await start_link(signed_in, **link_body(county.town, county.beside))).json()["id"]

    past = await end_link(signed_in, link_id, "2026-11-22T01:59:59Z")
    later = await end_link(signed_in, link_id, "2026-12-31T16:00:00Z")
    stale = await end_link(signed_in, link_id)
    now = await end_link(signed_in, link_id, etag='"2"')
    again = await end_link(signed_in, link_id, "2027-01-01T00:00:00Z", etag='"3"')

    codes = [answer.json().get("code") for answer in (past, later, stale, now, again)]
    assert codes == ["organisation_link.ends_in_past", None, "version.stale", None, "organisation_link.ended"]
    assert now.json()["valid_until"] == "2026-11-22T02:00:00Z"
    assert (await start_link(signed_in, **link_body(county.town, county.beside))).status_code == 201


async def test_links_list_filters_by_either_end_and_by_kind(api: Caller, county: County, session: AsyncSession) -> None:
    manages = await build.a_link(session, "manages", county.town, county.beside)
    exchanges = await build.a_link(session, "exchanges", county.beside, county.community)
    await session.commit()

    async def listed_ids(**query: str) -> set[str]:
        answer = await api.as_(county.cadre).get("/v1/organisation-links", params=query)
        return {item["id"] for item in answer.json()["items"]}

    assert await listed_ids(organisation_id=str(county.town.id)) == {str(manages.id)}
    assert await listed_ids(organisation_id=str(county.beside.id)) == {str(manages.id), str(exchanges.id)}
    assert await listed_ids(organisation_id=str(county.beside.id), kind="exchanges") == {str(exchanges.id)}
    assert await listed_ids(organisation_id=str(new_id())) == set()
