"""Meeting rooms: created once by the secretary of the community, found by every visitor."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller

URL = "/v1/meeting-rooms"


@dataclass
class Community:
    """A community with a place; its secretary, a cadre of another organisation, and a room to create."""

    secretary: Caller
    visitor: Caller
    room: dict[str, Any]


@pytest.fixture
async def community(session: AsyncSession, api: Caller) -> Community:
    county = await build.an_organisation(session)
    organisation = await build.an_organisation(session, under=county, kind="residents_committee")
    place = await build.a_place(session, organisation)
    secretary = await somebody(session, Role.COMMUNITY_SECRETARY, organisation)
    visitor = await somebody(session, Role.CADRE, await build.an_organisation(session, under=county))
    await session.commit()
    room = {
        "organisation_id": str(organisation.id),
        "place_id": str(place.id),
        "name": "二楼会议室",
        "seats": 20,
        "usable_until": "2026-12-31",
    }
    return Community(api.as_(secretary), api.as_(visitor), room)


async def test_room_sent_twice_is_one_room_with_one_event(community: Community, session: AsyncSession) -> None:
    room_id = new_id()

    first = await community.secretary.put(f"{URL}/{room_id}", json=community.room)
    again = await community.secretary.put(f"{URL}/{room_id}", json=community.room)

    events = (await session.exec(select(Event.name).where(Event.subject_id == room_id))).all()
    assert (first.status_code, again.status_code, events) == (201, 200, ["meeting_room.created"])
    assert again.json() == first.json()


async def test_room_of_a_place_is_found_by_a_visitor(community: Community) -> None:
    room_id = str(new_id())
    await community.secretary.put(f"{URL}/{room_id}", json=community.room)

    response = await community.visitor.get(URL, params={"place_id": community.room["place_id"]})

    assert [item["id"] for item in response.json()["items"]] == [room_id]


async def test_room_with_the_name_of_another_is_refused(community: Community) -> None:
    await community.secretary.put(f"{URL}/{new_id()}", json=community.room)

    response = await community.secretary.put(f"{URL}/{new_id()}", json=community.room)

    assert (response.status_code, response.json()["code"]) == (409, "meeting_room.name_taken")


async def test_room_of_a_visitor_is_refused(community: Community) -> None:
    response = await community.visitor.put(f"{URL}/{new_id()}", json=community.room)

    assert (response.status_code, response.json()["code"]) == (404, "organisation.not_found")


async def test_room_at_a_place_of_another_organisation_is_refused(community: Community, session: AsyncSession) -> None:
    elsewhere = await build.a_place(session, await build.an_organisation(session))
    await session.commit()

    response = await community.secretary.put(f"{URL}/{new_id()}", json=community.room | {"place_id": str(elsewhere.id)})

    assert (response.status_code, response.json()["code"]) == (422, "meeting_room.place_of_another_organisation")
