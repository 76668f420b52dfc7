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
from service.identity.people.rights import BEGINS, ENDS
from service.identity.people.tables import Person
from tests import build
from tests.build.county import County, somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.conftest import RunRelay, drain, jobs, run_relay
from tests.operations.worker.steps import sweep

__all__ = ["jobs", "run_relay"]


@dataclass
class World:
    county: County
    api: Caller
    run_relay: RunRelay
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
        await drain(self.run_relay, self.session)
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
    county: County, api: Caller, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> World:
    return World(county, api, run_relay, session, engine, clock)


@pytest.fixture
async def person(session: AsyncSession) -> Person:
    person = await build.a_person(session)
    await session.commit()
    return person


async def test_a_posting_given_and_ended_makes_the_phone_read_anew(world: World, person: Person) -> None:
    now = world.clock()
    url = await world.post(person, "organ_committee_officer", now)
    given = await world.told(person, world.county.cadre)

    await world.end(url, now)

    assert given == [1, 0]
    assert await world.told(person, world.county.cadre) == [2, 0]


async def test_a_right_that_begins_by_date_alone_is_told_at_that_moment_and_not_before(
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


async def test_a_right_that_ends_by_date_alone_is_told_at_that_moment(world: World, person: Person) -> None:
    now, ends = world.clock(), world.clock() + timedelta(days=3)
    await world.post(person, "organ_committee_officer", now, valid_until=ends.isoformat())
    before = (await world.told(person), await sees_the_town(world, person))

    await world.at(ends)

    assert before == ([1], True)
    assert (await world.told(person), await sees_the_town(world, person)) == ([2], False)


async def test_an_end_set_for_later_is_told_when_it_comes(world: World, person: Person) -> None:
    now, ends = world.clock(), world.clock() + timedelta(days=3)
    url = await world.post(person, "organ_committee_officer", now)
    await world.told(person)
    await world.end(url, ends)
    (before,) = await world.told(person)

    await world.at(ends)

    assert await world.told(person) == [before + 1]


async def test_a_delegates_rights_end_with_the_leaders_posting_and_the_delegate_hears(
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


async def test_the_clocks_of_a_posting_wait_for_its_days(world: World, person: Person, session: AsyncSession) -> None:
    begins = world.clock() + timedelta(days=3)
    url = await world.post(person, "cadre", begins, valid_until=(begins + timedelta(days=3)).isoformat())

    await world.told(person)

    assert await timers(session, url) == [BEGINS, ENDS]


async def test_a_move_is_told_to_those_above_and_below_and_to_nobody_beside(world: World) -> None:
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


async def test_a_link_is_told_to_both_sides_when_it_begins_and_ends_by_date_alone(world: World) -> None:
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
