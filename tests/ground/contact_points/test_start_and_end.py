"""Contact points start, are handed over and end; each change emits one event."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from tests import build
from tests.conftest import FakeClock
from tests.ground.conftest import BASED_ON_1, URL, World, refusal
from tests.operations.worker.steps import sweep


async def event_names(session: AsyncSession, url: str) -> list[str]:
    statement = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


async def test_start_repeated_request_creates_one_contact_point(world: World, session: AsyncSession) -> None:
    url = f"{URL}/{new_id()}"

    first = await world.officer.put(url, json=world.body())
    again = await world.officer.put(url, json=world.body())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await event_names(session, url) == ["contact_point.started"]


async def test_start_event_is_addressed_to_leader_and_bureau_only(world: World, session: AsyncSession) -> None:
    url = await world.start()

    event = (await session.exec(select(Event).where(Event.subject_id == UUID(url[-36:])))).one()

    assert (event.organisation_ids, event.person_ids) == ([world.bureau.id], [world.leader.id])


async def test_start_second_contact_point_of_leader_at_place_is_refused(world: World) -> None:
    await world.start()

    second = await world.officer.put(f"{URL}/{new_id()}", json=world.body())

    assert refusal(second) == (409, "contact_point.already_in_contact")


async def test_start_concurrent_requests_create_one_contact_point(world: World) -> None:
    answers = await asyncio.gather(*(world.officer.put(f"{URL}/{new_id()}", json=world.body()) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_handover_ends_predecessor_and_starts_successor(world: World, session: AsyncSession) -> None:
    url = await world.start()

    new_url = await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:])

    predecessor, successor = (await world.officer.get(url)).json(), (await world.officer.get(new_url)).json()
    assert (predecessor["end_reason"], predecessor["ended_at"] is not None) == ("已交接", True)
    assert (successor["succeeds_id"], successor["ended_at"]) == (url[-36:], None)
    assert await event_names(session, url) == ["contact_point.started", "contact_point.ended"]


async def test_handover_second_successor_is_refused(world: World) -> None:
    url = await world.start()
    await world.start(leader_id=str(world.successor.id), succeeds_id=url[-36:])

    second = await world.officer.put(f"{URL}/{new_id()}", json=world.body(succeeds_id=url[-36:]))

    assert refusal(second) == (409, "contact_point.already_handed_over")


async def test_handover_to_other_place_is_refused(world: World, session: AsyncSession) -> None:
    url = await world.start()
    elsewhere = await build.a_place(session, world.bureau)
    await session.commit()

    moved = await world.officer.put(
        f"{URL}/{new_id()}", json=world.body(place_id=str(elsewhere.id), succeeds_id=url[-36:])
    )

    assert refusal(moved) == (422, "contact_point.predecessor_mismatch")
    assert (await world.officer.get(url)).json()["ended_at"] is None


async def test_end_by_officer_with_reason_happens_once(world: World) -> None:
    url = await world.start()

    ended = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)
    again = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)
    other = await world.officer.put(f"{url}/end", json={"reason": "别的"}, headers=BASED_ON_1)

    assert (ended.status_code, ended.json()["end_reason"]) == (200, "调离")
    assert again.json() == ended.json()
    assert refusal(other) == (409, "contact_point.already_ended")


async def test_end_with_stale_version_is_refused(world: World) -> None:
    url = await world.start()

    refused = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers={"If-Match": '"7"'})

    assert refusal(refused) == (412, "version.stale")


async def test_contact_point_ends_automatically_after_last_day(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    last_day = clock().date().isoformat()
    url = await world.start(ends_on=last_day)

    await sweep(engine, clock())
    on_last_day = (await world.officer.get(url)).json()
    await sweep(engine, clock.move(days=1))
    day_after = (await world.officer.get(url)).json()

    assert on_last_day["ended_at"] is None
    assert day_after["end_reason"] == "任期届满"


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_on": "2026-10-31"},
        {"ends_on": "2036-11-01"},
        {"begins_on": "someday"},
        {"begins_on": "9999-12-30", "ends_on": "9999-12-31"},
        {"purpose": ""},
        {"purpose": "a\x00b"},
    ],
)
async def test_start_with_invalid_fields_is_refused(world: World, changes: dict[str, str]) -> None:
    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.body(**changes))

    assert refusal(answer) == (422, "request.invalid")


async def test_start_with_leader_without_posting_is_refused(world: World, session: AsyncSession) -> None:
    person = await build.a_person(session)
    await session.commit()

    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.body(leader_id=str(person.id)))

    assert refusal(answer) == (422, "contact_point.leader_not_posted")


async def test_start_at_unknown_place_is_not_found(world: World) -> None:
    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.body(place_id=str(new_id())))

    assert refusal(answer) == (404, "place.not_found")
