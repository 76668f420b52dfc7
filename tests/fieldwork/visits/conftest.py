"""Fixtures and steps of the visit tests: a cadre of an organ, a community with a fence, an open visit."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import procrastinate
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.ground.places.tables import Place
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.steps import jobs_app, relay_once, sweep

BASED_ON_1, BASED_ON_2, BASED_ON_3 = ({"If-Match": f'"{version}"'} for version in (1, 2, 3))
PassHours = Callable[[float], Awaitable[None]]


@dataclass
class World:
    cadre: Person
    organ: Organisation
    community: Organisation
    place: Place
    phone: Caller


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    organ = await build.an_organisation(session)
    community = await build.an_organisation(session, kind="residents_committee")
    cadre = await build.a_person(session)
    await build.a_posting(session, cadre, organ, Role.CADRE)
    place = await build.a_place(session, community)
    await build.a_circle(session, place)
    await session.commit()
    return World(cadre, organ, community, place, api.as_(cadre))


@pytest.fixture
async def pass_hours(engine: AsyncEngine, settings: Settings, clock: FakeClock) -> PassHours:
    """Run the outbox relay, then sweep the timers so many hours after the real time.

    The database sets `recorded_at` from its own clock, so the fake clock does not count here.
    """
    app: procrastinate.App = jobs_app(settings)

    async def run_and_sweep(hours: float) -> None:
        async with app.open_async():
            while await relay_once(engine, app, settings, clock):
                pass
        await sweep(engine, datetime.now(UTC) + timedelta(hours=hours))

    return run_and_sweep


@pytest.fixture
async def people(world: World, session: AsyncSession) -> dict[str, Person]:
    people_by_role = {
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, world.community),
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.organ),
    }
    await session.commit()
    return people_by_role


@pytest.fixture
async def visit(world: World, clock: FakeClock) -> str:
    url = f"/v1/visits/{new_id()}"
    await world.phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    return url


async def check_out(world: World, visit: str, clock: FakeClock, **delay: float) -> None:
    body = {"checked_out_at": (clock() + timedelta(**delay)).isoformat()}
    answer = await world.phone.put(f"{visit}/check-out", json=body, headers=BASED_ON_1)
    assert answer.status_code == 200, answer.text


async def event_names(session: AsyncSession, subject_id: str) -> list[str]:
    statement = select(Event.name).where(Event.subject_id == UUID(subject_id)).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


async def ended_visit_of(phone: Caller, world: World, clock: FakeClock) -> str:
    """Create an ended visit of a person; returns its URL."""
    url = f"/v1/visits/{new_id()}"
    await phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    checked_out = await phone.put(f"{url}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_1)
    assert checked_out.status_code == 200, checked_out.text
    return url
