"""A contact point begins, is handed over, ends; each of it once, told to the leader's side."""

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


async def told(session: AsyncSession, url: str) -> list[str]:
    statement = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


async def test_a_contact_point_begins_and_a_retry_changes_nothing(world: World, session: AsyncSession) -> None:
    url = f"{URL}/{new_id()}"

    first = await world.officer.put(url, json=world.asked())
    again = await world.officer.put(url, json=world.asked())

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert await told(session, url) == ["contact_point.started"]


async def test_the_event_reaches_the_leader_and_the_unit_and_not_the_place(world: World, session: AsyncSession) -> None:
    url = await world.started()

    event = (await session.exec(select(Event).where(Event.subject_id == UUID(url[-36:])))).one()

    assert (event.organisation_ids, event.person_ids) == ([world.bureau.id], [world.leader.id])


async def test_one_leader_has_one_living_contact_point_at_a_place(world: World) -> None:
    await world.started()

    second = await world.officer.put(f"{URL}/{new_id()}", json=world.asked())

    assert refusal(second) == (409, "contact_point.already_in_contact")


async def test_of_two_at_once_one_lives(world: World) -> None:
    answers = await asyncio.gather(*(world.officer.put(f"{URL}/{new_id()}", json=world.asked()) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_handover_ends_the_old_and_begins_the_new(world: World, session: AsyncSession) -> None:
    url = await world.started()

    new_url = await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:])

    old, new = (await world.officer.get(url)).json(), (await world.officer.get(new_url)).json()
    assert (old["end_reason"], old["ended_at"] is not None) == ("已交接", True)
    assert (new["succeeds_id"], new["ended_at"]) == (url[-36:], None)
    assert await told(session, url) == ["contact_point.started", "contact_point.ended"]


async def test_it_is_handed_over_once(world: World) -> None:
    url = await world.started()
    await world.started(leader_id=str(world.successor.id), succeeds_id=url[-36:])

    twice = await world.officer.put(f"{URL}/{new_id()}", json=world.asked(succeeds_id=url[-36:]))

    assert refusal(twice) == (409, "contact_point.already_handed_over")


async def test_a_handover_stays_at_its_place(world: World, session: AsyncSession) -> None:
    url = await world.started()
    elsewhere = await build.a_place(session, world.bureau)
    await session.commit()

    moved = await world.officer.put(
        f"{URL}/{new_id()}", json=world.asked(place_id=str(elsewhere.id), succeeds_id=url[-36:])
    )

    assert refusal(moved) == (422, "contact_point.predecessor_mismatch")
    assert (await world.officer.get(url)).json()["ended_at"] is None


async def test_the_officer_ends_it_with_a_reason(world: World) -> None:
    url = await world.started()

    ended = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)
    again = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers=BASED_ON_1)
    other = await world.officer.put(f"{url}/end", json={"reason": "别的"}, headers=BASED_ON_1)

    assert (ended.status_code, ended.json()["end_reason"]) == (200, "调离")
    assert again.json() == ended.json()
    assert refusal(other) == (409, "contact_point.already_ended")


async def test_a_stale_version_ends_nothing(world: World) -> None:
    url = await world.started()

    refused = await world.officer.put(f"{url}/end", json={"reason": "调离"}, headers={"If-Match": '"7"'})

    assert refusal(refused) == (412, "version.stale")


async def test_on_the_day_after_its_last_it_has_ended_by_itself(
    world: World, engine: AsyncEngine, clock: FakeClock
) -> None:
    last_day = clock().date().isoformat()
    url = await world.started(ends_on=last_day)

    await sweep(engine, clock())
    still = (await world.officer.get(url)).json()
    await sweep(engine, clock.move(days=1))
    over = (await world.officer.get(url)).json()

    assert still["ended_at"] is None
    assert over["end_reason"] == "任期届满"


@pytest.mark.parametrize(
    "said",
    [
        {"ends_on": "2026-10-31"},
        {"ends_on": "2036-11-01"},
        {"begins_on": "someday"},
        {"begins_on": "9999-12-30", "ends_on": "9999-12-31"},
        {"purpose": ""},
        {"purpose": "a\x00b"},
    ],
)
async def test_a_term_that_cannot_be_is_refused(world: World, said: dict[str, str]) -> None:
    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.asked(**said))

    assert refusal(answer) == (422, "request.invalid")


async def test_a_leader_of_nowhere_is_refused(world: World, session: AsyncSession) -> None:
    nobody = await build.a_person(session)
    await session.commit()

    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.asked(leader_id=str(nobody.id)))

    assert refusal(answer) == (422, "contact_point.leader_not_posted")


async def test_an_unknown_place_is_told(world: World) -> None:
    answer = await world.officer.put(f"{URL}/{new_id()}", json=world.asked(place_id=str(new_id())))

    assert refusal(answer) == (404, "place.not_found")
