"""Rights that begin or end are told to those concerned, at their moment: given, taken, or reached by date alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Timer
from service.foundation.ids import new_id
from service.identity.people.rights_changes import BEGINS, ENDS
from service.identity.people.tables import Person
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import Follow, drain, follow, jobs
from tests.operations.worker.steps import sweep

__all__ = ["follow", "jobs"]


@dataclass
class World:
    county: County
    api: Caller
    follow: Follow
    session: AsyncSession
    engine: AsyncEngine
    clock: FakeClock

    async def post(self, person: Person, role: str, begins: datetime, **said: str) -> str:
        """The administrator gives a role; the address of the posting."""
        url = f"/v1/postings/{new_id()}"
        ids = {"person_id": str(person.id), "organisation_id": str(self.county.town.id)}
        body = ids | {"role": role, "valid_from": begins.isoformat()} | said
        answer = await self.api.as_(self.county.administrator).put(url, json=body)
        assert answer.status_code == 201, answer.text
        return url

    async def end(self, url: str, at: datetime) -> None:
        administrator, body = self.api.as_(self.county.administrator), {"valid_until": at.isoformat()}
        answer = await administrator.put(f"{url}/end", json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text

    async def told(self, *people: Person) -> list[int]:
        """How often each person's own feed says that rights have changed."""
        await drain(self.follow, self.session)
        times = []
        for person in people:
            feed = (await self.api.as_(person).get("/v1/feed", params={"limit": 200})).json()["items"]
            times.append(len([one for one in feed if one["type"] == "person.rights_changed"]))
        return times

    async def at(self, moment: datetime) -> None:
        self.clock.now = moment
        await sweep(self.engine, moment)


@pytest.fixture
async def world(
    county: County, api: Caller, follow: Follow, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> World:
    return World(county, api, follow, session, engine, clock)


@pytest.fixture
async def person(session: AsyncSession) -> Person:
    person = await build.a_person(session)
    await session.commit()
    return person


async def test_posting_started_and_ended_emits_rights_changed(world: World, person: Person) -> None:
    now = world.clock()
    url = await world.post(person, "organ_committee_officer", now)
    given = await world.told(person, world.county.cadre)

    await world.end(url, now)

    assert given == [1, 0]
    assert await world.told(person, world.county.cadre) == [2, 0]


async def test_posting_beginning_later_emits_event_when_it_begins(
    world: World, person: Person
) -> None:
    begins = world.clock() + timedelta(days=3)
    await world.post(person, "organ_committee_officer", begins)
    before = await world.told(person)

    await world.at(begins - timedelta(seconds=1))
    just_before = (await world.told(person), await sees_the_town(world, person))
    await world.at(begins)

    assert before == [0]
    assert just_before == ([0], False)
    assert (await world.told(person), await sees_the_town(world, person)) == ([1], True)


async def test_posting_ending_later_emits_event_when_it_ends(world: World, person: Person) -> None:
    now, ends = world.clock(), world.clock() + timedelta(days=3)
    await world.post(person, "organ_committee_officer", now, valid_until=ends.isoformat())
    before = (await world.told(person), await sees_the_town(world, person))

    await world.at(ends)

    assert before == ([1], True)
    assert (await world.told(person), await sees_the_town(world, person)) == ([2], False)


async def test_posting_end_set_for_later_emits_event_when_it_comes(world: World, person: Person) -> None:
    now, ends = world.clock(), world.clock() + timedelta(days=3)
    url = await world.post(person, "organ_committee_officer", now)
    await world.told(person)
    await world.end(url, ends)
    (before,) = await world.told(person)

    await world.at(ends)

    assert await world.told(person) == [before + 1]


async def test_end_of_leader_posting_emits_event_for_delegate(
    world: World, person: Person
) -> None:
    now, until = world.clock(), world.clock() + timedelta(days=30)
    leader = await build.a_person(world.session)
    await world.session.commit()
    leading = await world.post(leader, "leader", now)
    await world.post(person, "delegate", now, delegate_of=str(leader.id), valid_until=until.isoformat())
    before = await world.told(person, leader)

    await world.end(leading, now)

    assert await world.told(person, leader) == [before[0] + 1, before[1] + 1]


async def test_future_posting_sets_timers_for_begin_and_end(world: World, person: Person, session: AsyncSession) -> None:
    begins = world.clock() + timedelta(days=3)
    url = await world.post(person, "cadre", begins, valid_until=(begins + timedelta(days=3)).isoformat())

    await world.told(person)

    assert await timers(session, url) == [BEGINS, ENDS]


async def test_organisation_move_emits_events_above_and_below_only(world: World) -> None:
    county = world.county
    top = await somebody(world.session, Role.SYSTEM_ADMINISTRATOR, county.root)
    there = await somebody(world.session, Role.ORGAN_COMMITTEE_OFFICER, county.beside)
    sister = await build.an_organisation(world.session, under=county.town)
    elsewhere = await somebody(world.session, Role.ORGAN_COMMITTEE_OFFICER, sister)
    await world.session.commit()

    url, body = f"/v1/organisations/{county.community.id}/parent", {"parent_id": str(county.beside.id)}
    answer = await world.api.as_(top).put(url, json=body, headers={"If-Match": '"1"'})

    assert answer.status_code == 200, answer.text
    assert await world.told(county.officer, county.secretary, there, elsewhere) == [1, 1, 1, 0]


async def test_dated_link_emits_events_to_both_sides_at_begin_and_end(world: World) -> None:
    county, begins = world.county, world.clock() + timedelta(days=3)
    body = {"kind": "manages", "from_id": str(county.town.id), "to_id": str(county.beside.id)}
    top = await somebody(world.session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await world.session.commit()
    dates = {"valid_from": begins.isoformat(), "valid_until": (begins + timedelta(days=3)).isoformat()}
    answer = await world.api.as_(top).put(f"/v1/organisation-links/{new_id()}", json=body | dates)
    assert answer.status_code == 201, answer.text
    before = await world.told(county.officer, county.neighbour, top)

    await world.at(begins)
    begun = await world.told(county.officer, county.neighbour, top)
    await world.at(begins + timedelta(days=3))

    assert (before, begun) == ([0, 0, 0], [1, 1, 0])
    assert await world.told(county.officer, county.neighbour, top) == [2, 2, 0]


async def sees_the_town(world: World, person: Person) -> bool:
    """Whether an officer's right over the town is there now."""
    answer = await world.api.as_(person).get(f"/v1/postings?organisation_id={world.county.town.id}")
    return any(item["person_id"] == str(world.county.cadre.id) for item in answer.json()["items"])


async def timers(session: AsyncSession, url: str) -> list[str]:
    kinds = [
        kind for kind in (BEGINS, ENDS) if await build.count(session, Timer, subject_id=UUID(url[-36:]), kind=kind)
    ]
    return sorted(kinds)
