"""Companions: notification, visibility and decline."""

from uuid import UUID

import pytest
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.visits.tables import VisitCompanion
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "listening", "people_met": 6}
BASED_ON_1 = {"If-Match": '"1"'}


@pytest.fixture
async def companion(world: World, session: AsyncSession) -> Person:
    person = await somebody(session, Role.CADRE, world.organ)
    await session.commit()
    return person


@pytest.fixture
async def visit(world: World, clock: FakeClock, companion: Person) -> str:
    url = f"/v1/visits/{new_id()}"
    await world.phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    body = RECORD | {"companions": [str(companion.id), str(companion.id)]}
    answer = await world.phone.put(f"{url}/record", json=body, headers=BASED_ON_1)
    assert answer.status_code == 200, answer.text
    return url


async def test_companion_is_notified_once_and_sees_the_visit(
    world: World, session: AsyncSession, api: Caller, visit: str, companion: Person
) -> None:
    body = RECORD | {"companions": [str(companion.id)]}
    await world.phone.put(f"{visit}/record", json=body, headers=BASED_ON_1)

    answer = await api.as_(companion).get(visit)

    assert answer.json()["companions"] == [{"person_id": str(companion.id), "state": "notified"}]
    (row,) = (await session.exec(select(VisitCompanion).where(VisitCompanion.visit_id == UUID(visit[-36:])))).all()
    (event,) = (await session.exec(select(Event).where(Event.subject_id == row.id))).all()
    assert event.name == "visit_companion.notified"
    assert set(event.person_ids) == {world.cadre.id, companion.id}


async def test_declined_companion_is_recorded_and_no_longer_sees_the_visit(
    world: World, api: Caller, visit: str, companion: Person
) -> None:
    declined = await api.as_(companion).put(f"{visit}/decline")
    again = await api.as_(companion).put(f"{visit}/decline")

    assert (declined.status_code, again.status_code) == (204, 204)
    assert (await world.phone.get(visit)).json()["companions"][0]["state"] == "declined"
    assert (await api.as_(companion).get(visit)).status_code == 404


async def test_companion_cannot_decline_after_ten_days(
    api: Caller, visit: str, companion: Person, clock: FakeClock
) -> None:
    clock.move(days=10, seconds=1)
    late = await api.as_(companion).put(f"{visit}/decline")
    clock.move(days=-10, seconds=-1)

    assert (late.status_code, late.json()["code"]) == (409, "visit.too_late_to_decline")


async def test_decline_by_a_person_who_is_no_companion_is_not_found(world: World, visit: str) -> None:
    answer = await world.phone.put(f"{visit}/decline")

    assert (answer.status_code, answer.json()["code"]) == (404, "visit.not_a_companion")


async def test_companion_without_a_posting_is_refused(world: World, session: AsyncSession, visit: str) -> None:
    outsider = await build.a_person(session)
    await session.commit()

    for person_id in (new_id(), outsider.id, world.cadre.id):
        answer = await world.phone.put(
            f"{visit}/record", json=RECORD | {"companions": [str(person_id)]}, headers={"If-Match": '"2"'}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "visit.companion_unknown")
        assert answer.json()["facts"] == {"person_id": str(person_id)}
