"""Problems with their events, and assessment cycles over a county."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.problems import ProblemStateChanged
from schemas.identity.organisations import Role
from schemas.solving.problems import ProblemOutcome, ProblemState, Satisfaction
from service.foundation.crypto import Keys
from service.foundation.events.actors import RESIDENT, EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.judgement.assessments.jobs import freeze_dossiers
from service.solving.problems.tables import Problem, ProblemCategory
from tests import build
from tests.build.county import County, somebody
from tests.conftest import START, Caller, FakeClock

RAISED_AT = START - timedelta(days=10)
ANSWERED, CONFIRMED, REOPENED = EventName.PROBLEM_ANSWERED, EventName.PROBLEM_CONFIRMED, EventName.PROBLEM_REOPENED


async def a_problem(session: AsyncSession, person: Person, place: Place, **fields: Any) -> Problem:
    """A problem raised by the person, solved and confirmed, without events."""
    if await session.get(ProblemCategory, "assessed") is None:
        session.add(ProblemCategory(code="assessed", name="某类", respond_days=1, solve_days=5))
        await session.flush()
    row = Problem(
        **{
            "id": new_id(),
            "place_id": place.id,
            "category_code": "assessed",
            "description": "路灯不亮",
            "raised_by": person.id,
            "organisation_id": place.organisation_id,
            "owner_id": place.organisation_id,
            "state": ProblemState.CONFIRMED,
            "outcome": ProblemOutcome.SOLVED,
            "answer": "已修好",
            "satisfaction": Satisfaction.SATISFIED,
            "raised_at": RAISED_AT,
            "answered_at": RAISED_AT,
            "request_fingerprint": b"",
        }
        | fields
    )
    session.add(row)
    await session.flush()
    return row


async def record_events(
    session: AsyncSession, problem: Problem, *events: tuple[EventName, datetime], by: EventActor = RESIDENT
) -> None:
    """Record events of the problem."""
    for name, at in events:
        payload = ProblemStateChanged(place_id=problem.place_id, owner_id=problem.owner_id, state=problem.state.value)
        await record(session, name, problem, actor=by, occurred_at=at, payload=payload)


@dataclass
class World:
    """A county with a receiver beside it; the cadre raised one problem: answered after 2.5 days, confirmed solved."""

    county: County
    receiver: Organisation
    place: Place
    problem: Problem
    officer: Caller
    cadre: Caller
    personnel: Caller
    """Of the receiver."""
    stranger: Caller
    """An officer of another jurisdiction."""
    api: Caller
    engine: AsyncEngine
    keys: Keys
    clock: FakeClock

    def cycle_body(self, **fields: Any) -> dict[str, Any]:
        """The request body of a cycle over the town for the year 2026."""
        body = {"name": "2026 年度考核", "organisation_id": str(self.county.town.id)}
        return {
            **body,
            "receiver_id": str(self.receiver.id),
            "from_day": "2026-01-01",
            "until_day": "2026-12-31",
        } | fields

    async def open_cycle(self, **fields: Any) -> str:
        """Open a cycle and return its URL."""
        url = f"/v1/assessment-cycles/{new_id()}"
        answer = await self.officer.put(url, json=self.cycle_body(**fields))
        assert answer.status_code == 201, answer.text
        return url

    async def freeze_cycle(self, **fields: Any) -> str:
        """Open and freeze a cycle and return its URL."""
        url = await self.open_cycle(**fields)
        answer = await self.officer.post(f"{url}/freeze", headers={"If-Match": '"1"'})
        assert answer.status_code == 202, answer.text
        await self.run_freeze_job(url)
        return url

    async def run_freeze_job(self, url: str) -> None:
        """Run the freeze job of the worker."""
        await freeze_dossiers(self.engine, self.keys, self.clock, UUID(url[-36:]))

    async def dossier(self, url: str, person: Person | None = None, caller: Caller | None = None) -> Any:
        answer = await (caller or self.cadre).get(f"{url}/dossiers/{(person or self.county.cadre).id}")
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def world(
    county: County, session: AsyncSession, api: Caller, engine: AsyncEngine, keys: Keys, clock: FakeClock
) -> World:
    receiver = await build.an_organisation(session, under=county.root, name="组织部")
    place = await build.a_place(session, county.community)
    personnel = await somebody(session, Role.PERSONNEL_ORGAN, receiver)
    stranger = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, await build.an_organisation(session))
    problem = await a_problem(session, county.cadre, place)
    await record_events(
        session,
        problem,
        (ANSWERED, RAISED_AT + timedelta(days=2.5)),
        (CONFIRMED, RAISED_AT + timedelta(days=3)),
    )
    await session.commit()
    callers = [api.as_(person) for person in (county.officer, county.cadre, personnel, stranger)]
    return World(county, receiver, place, problem, *callers, api, engine, keys, clock)
