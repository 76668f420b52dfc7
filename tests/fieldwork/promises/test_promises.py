"""Promises: creation, keeping, explanation, due date and visibility."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.people.tables import Person
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.steps import sweep

URL = "/v1/promises"
BASED_ON_1, BASED_ON_2 = {"If-Match": '"1"'}, {"If-Match": '"2"'}
KEPT = {"outcome": "路灯已修好，当晚试亮"}


@dataclass
class World:
    place: Place
    people: dict[str, Person]
    api: Caller
    clock: FakeClock

    def as_(self, who: str) -> Caller:
        """Sign in again, because a test may move the clock beyond the lifetime of a token."""
        return self.api.as_(self.people[who])

    def body(self, **fields: Any) -> dict[str, Any]:
        due_on = (self.clock() + timedelta(days=7)).date().isoformat()
        return {"place_id": str(self.place.id), "content": "一周内修好路灯", "due_on": due_on} | fields

    async def create_promise(self, **fields: Any) -> str:
        url = f"{URL}/{new_id()}"
        answer = await self.as_("cadre").put(url, json=self.body(**fields))
        assert answer.status_code == 201, answer.text
        return url


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def event_names(session: AsyncSession, url: str) -> list[str]:
    statement = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


@pytest.fixture
async def world(session: AsyncSession, api: Caller, clock: FakeClock) -> World:
    county = await build.an_organisation(session)
    bureau, other = [await build.an_organisation(session, under=county) for _ in range(2)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    people = {
        "cadre": await somebody(session, Role.CADRE, bureau),
        "colleague": await somebody(session, Role.CADRE, bureau),
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, community),
        "stranger": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, other),
    }
    place = await build.a_place(session, community)
    await session.commit()
    return World(place, people, api, clock)


async def test_repeated_promise_and_keeping_are_recorded_once(world: World, session: AsyncSession) -> None:
    url = await world.create_promise()

    row = await world.as_("cadre").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)
    again = await world.as_("cadre").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)

    assert (row.status_code, row.json()["state"]) == (200, "kept")
    assert again.json() == row.json()
    assert await event_names(session, url) == ["promise.given", "promise.kept"]


async def test_promise_event_names_the_owner_who_can_end_it(world: World, session: AsyncSession) -> None:
    url = await world.create_promise(owner_id=str(world.people["colleague"].id))

    explained = await world.as_("colleague").put(
        f"{url}/explanation", json={"outcome": "灯杆属供电公司，已报修"}, headers=BASED_ON_1
    )

    event = (await session.exec(select(Event).where(Event.subject_id == UUID(url[-36:])))).first()
    assert event is not None
    assert set(event.person_ids) == {world.people["cadre"].id, world.people["colleague"].id}
    assert (explained.status_code, explained.json()["state"]) == (200, "explained")


async def test_promise_is_visible_to_the_place_but_only_owner_or_author_end_it(world: World) -> None:
    url = await world.create_promise()

    visible = await world.as_("secretary").get(url)
    by_secretary = await world.as_("secretary").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)
    by_officer = await world.as_("officer").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)
    by_stranger = await world.as_("stranger").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)

    assert visible.status_code == 200
    assert {refusal(by_secretary), refusal(by_officer)} == {(403, "access.not_permitted")}
    assert refusal(by_stranger) == (404, "promise.not_found")


async def test_ended_promise_cannot_be_changed(world: World) -> None:
    url = await world.create_promise()
    await world.as_("cadre").put(f"{url}/keeping", json=KEPT, headers=BASED_ON_1)

    other = await world.as_("cadre").put(f"{url}/explanation", json={"outcome": "算了"}, headers=BASED_ON_2)

    assert refusal(other) == (409, "promise.over")


async def test_due_event_is_recorded_for_an_open_promise_only(
    world: World, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> None:
    open_url, kept_url = await world.create_promise(), await world.create_promise()
    await world.as_("cadre").put(f"{kept_url}/keeping", json=KEPT, headers=BASED_ON_1)

    await sweep(engine, clock.move(days=9))
    await sweep(engine, clock())

    assert await event_names(session, open_url) == ["promise.given", "promise.due"]
    assert await event_names(session, kept_url) == ["promise.given", "promise.kept"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"due_on": "2026-01-01"}, (422, "promise.due_before_given")),
        ({"due_on": "9999-12-31"}, (422, "request.invalid")),
        ({"content": " "}, (422, "request.invalid")),
        ({"owner_id": "01936f5e-7c00-7000-8000-00000000ffff"}, (422, "promise.owner_unknown")),
        ({"place_id": "01936f5e-7c00-7000-8000-00000000ffff"}, (404, "place.not_found")),
        ({"visit_id": "01936f5e-7c00-7000-8000-00000000ffff"}, (404, "visit.not_found")),
    ],
)
async def test_invalid_promise_is_refused_with_its_error_code(
    world: World, fields: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await world.as_("cadre").put(f"{URL}/{new_id()}", json=world.body(**fields))

    assert refusal(answer) == expected
