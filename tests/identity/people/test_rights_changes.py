"""`person.rights_changed` is emitted when rights begin or end by a posting, link, move or date."""

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
from tests.operations.worker.conftest import RunRelay, drain, jobs, run_relay
from tests.operations.worker.steps import sweep

__all__ = ["jobs", "run_relay"]


@dataclass
class Scenario:
    county: County
    api: Caller
    run_relay: RunRelay
    session: AsyncSession
    engine: AsyncEngine
    clock: FakeClock

    async def post(self, person: Person, role: str, begins: datetime, **fields: str) -> str:
        """Give the person a role as the administrator, and return the URL of the posting."""
        url = f"/v1/postings/{new_id()}"
        ids = {"person_id": str(person.id), "organisation_id": str(self.county.town.id)}
        body = ids | {"role": role, "valid_from": begins.isoformat()} | fields
        answer = await self.api.as_(self.county.administrator).put(url, json=body)
        assert answer.status_code == 201, answer.text
        return url

    async def end(self, url: str, at: datetime) -> None:
        administrator, body = self.api.as_(self.county.administrator), {"valid_until": at.isoformat()}
        answer = await administrator.put(f"{url}/end", json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.text

    async def count_events(self, *people: Person) -> list[int]:
        """The number of `person.rights_changed` events in each person's feed."""
        await drain(self.run_relay, self.session)
        counts = []
        for person in people:
            feed = (await self.api.as_(person).get("/v1/feed", params={"limit": 200})).json()["items"]
            counts.append(len([event for event in feed if event["type"] == "person.rights_changed"]))
        return counts

    async def move_to(self, now: datetime) -> None:
        """Move the clock and run the timer sweep."""
        self.clock.now = now
        await sweep(self.engine, now)


@pytest.fixture
async def scenario(
    county: County, api: Caller, run_relay: RunRelay, session: AsyncSession, engine: AsyncEngine, clock: FakeClock
) -> Scenario:
    return Scenario(county, api, run_relay, session, engine, clock)


@pytest.fixture
async def person(session: AsyncSession) -> Person:
    person = await build.a_person(session)
    await session.commit()
    return person


async def test_posting_started_and_ended_emits_rights_changed(scenario: Scenario, person: Person) -> None:
    now = scenario.clock()
    url = await scenario.post(person, "organ_committee_officer", now)
    started = await scenario.count_events(person, scenario.county.cadre)

    await scenario.end(url, now)

    assert started == [1, 0]
    assert await scenario.count_events(person, scenario.county.cadre) == [2, 0]


async def test_posting_beginning_later_emits_event_when_it_begins(scenario: Scenario, person: Person) -> None:
    begins = scenario.clock() + timedelta(days=3)
    await scenario.post(person, "organ_committee_officer", begins)
    before = await scenario.count_events(person)

    await scenario.move_to(begins - timedelta(seconds=1))
    just_before = (await scenario.count_events(person), await can_read_town(scenario, person))
    await scenario.move_to(begins)

    assert before == [0]
    assert just_before == ([0], False)
    assert (await scenario.count_events(person), await can_read_town(scenario, person)) == ([1], True)


async def test_posting_ending_later_emits_event_when_it_ends(scenario: Scenario, person: Person) -> None:
    now, ends = scenario.clock(), scenario.clock() + timedelta(days=3)
    await scenario.post(person, "organ_committee_officer", now, valid_until=ends.isoformat())
    before = (await scenario.count_events(person), await can_read_town(scenario, person))

    await scenario.move_to(ends)

    assert before == ([1], True)
    assert (await scenario.count_events(person), await can_read_town(scenario, person)) == ([2], False)


async def test_posting_end_set_for_later_emits_event_when_it_comes(scenario: Scenario, person: Person) -> None:
    now, ends = scenario.clock(), scenario.clock() + timedelta(days=3)
    url = await scenario.post(person, "organ_committee_officer", now)
    await scenario.count_events(person)
    await scenario.end(url, ends)
    (before,) = await scenario.count_events(person)

    await scenario.move_to(ends)

    assert await scenario.count_events(person) == [before + 1]


async def test_end_of_leader_posting_emits_event_for_delegate(scenario: Scenario, person: Person) -> None:
    now, until = scenario.clock(), scenario.clock() + timedelta(days=30)
    leader = await build.a_person(scenario.session)
    await scenario.session.commit()
    leading = await scenario.post(leader, "leader", now)
    await scenario.post(person, "delegate", now, delegate_of=str(leader.id), valid_until=until.isoformat())
    before = await scenario.count_events(person, leader)

    await scenario.end(leading, now)

    assert await scenario.count_events(person, leader) == [before[0] + 1, before[1] + 1]


async def test_future_posting_sets_timers_for_begin_and_end(
    scenario: Scenario, person: Person, session: AsyncSession
) -> None:
    begins = scenario.clock() + timedelta(days=3)
    url = await scenario.post(person, "cadre", begins, valid_until=(begins + timedelta(days=3)).isoformat())

    await scenario.count_events(person)

    assert await timers(session, url) == [BEGINS, ENDS]


async def test_organisation_move_emits_events_above_and_below_only(scenario: Scenario) -> None:
    county = scenario.county
    top = await somebody(scenario.session, Role.SYSTEM_ADMINISTRATOR, county.root)
    there = await somebody(scenario.session, Role.ORGAN_COMMITTEE_OFFICER, county.beside)
    sister = await build.an_organisation(scenario.session, under=county.town)
    elsewhere = await somebody(scenario.session, Role.ORGAN_COMMITTEE_OFFICER, sister)
    await scenario.session.commit()

    url, body = f"/v1/organisations/{county.community.id}/parent", {"parent_id": str(county.beside.id)}
    answer = await scenario.api.as_(top).put(url, json=body, headers={"If-Match": '"1"'})

    assert answer.status_code == 200, answer.text
    assert await scenario.count_events(county.officer, county.secretary, there, elsewhere) == [1, 1, 1, 0]


async def test_dated_link_emits_events_to_both_sides_at_begin_and_end(scenario: Scenario) -> None:
    county, begins = scenario.county, scenario.clock() + timedelta(days=3)
    body = {"kind": "manages", "from_id": str(county.town.id), "to_id": str(county.beside.id)}
    top = await somebody(scenario.session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await scenario.session.commit()
    dates = {"valid_from": begins.isoformat(), "valid_until": (begins + timedelta(days=3)).isoformat()}
    answer = await scenario.api.as_(top).put(f"/v1/organisation-links/{new_id()}", json=body | dates)
    assert answer.status_code == 201, answer.text
    before = await scenario.count_events(county.officer, county.neighbour, top)

    await scenario.move_to(begins)
    begun = await scenario.count_events(county.officer, county.neighbour, top)
    await scenario.move_to(begins + timedelta(days=3))

    assert (before, begun) == ([0, 0, 0], [1, 1, 0])
    assert await scenario.count_events(county.officer, county.neighbour, top) == [2, 2, 0]


async def can_read_town(scenario: Scenario, person: Person) -> bool:
    """Whether the person can read the postings of the town."""
    answer = await scenario.api.as_(person).get(f"/v1/postings?organisation_id={scenario.county.town.id}")
    return any(item["person_id"] == str(scenario.county.cadre.id) for item in answer.json()["items"])


async def timers(session: AsyncSession, url: str) -> list[str]:
    kinds = [
        kind for kind in (BEGINS, ENDS) if await build.count(session, Timer, subject_id=UUID(url[-36:]), kind=kind)
    ]
    return sorted(kinds)
