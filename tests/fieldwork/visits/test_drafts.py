"""Drafts: a delegate records a visit of the leader, the leader confirms it once."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.organisations import Role
from service.fieldwork.promises.tables import Promise
from service.fieldwork.visits.tables import Visit
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from service.identity.tree.tables import Posting
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

URL = "/v1/visit-drafts"
RECORD = {"purpose": "help", "people_met": 3, "heard": "缺水", "done": "联系了水务"}


@dataclass
class Pair:
    leader: Person
    delegate: Person
    leader_phone: Caller
    delegate_phone: Caller


@pytest.fixture
async def pair(world: World, session: AsyncSession, api: Caller, clock: FakeClock) -> Pair:
    leader, delegate = await somebody(session, Role.LEADER, world.organ), await build.a_person(session)
    columns = {"delegate_of": leader.id, "valid_until": clock() + timedelta(days=30)}
    await build.a_posting(session, delegate, world.organ, Role.DELEGATE, **columns)
    await session.commit()
    return Pair(leader, delegate, api.as_(leader), api.as_(delegate))


def draft_body(world: World, pair: Pair, clock: FakeClock, **fields: Any) -> dict[str, Any]:
    start = clock() - timedelta(hours=3)
    times = {"checked_in_at": start.isoformat(), "checked_out_at": (start + timedelta(hours=1)).isoformat()}
    return RECORD | times | {"place_id": str(world.place.id), "leader_id": str(pair.leader.id)} | fields


async def a_draft(world: World, pair: Pair, clock: FakeClock, **fields: Any) -> str:
    visit_id = str(new_id())
    answer = await pair.delegate_phone.put(f"{URL}/{visit_id}", json=draft_body(world, pair, clock, **fields))
    assert answer.status_code == 201, answer.text
    return visit_id


async def confirm(pair: Pair, visit_id: str, version: int = 1) -> Any:
    return await pair.leader_phone.put(f"{URL}/{visit_id}/confirmation", headers={"If-Match": f'"{version}"'})


async def test_draft_is_a_visit_of_the_leader_and_is_confirmed_once(world: World, pair: Pair, clock: FakeClock) -> None:
    visit_id = await a_draft(world, pair, clock)
    unconfirmed = (await pair.leader_phone.get(URL, params={"is_confirmed": False})).json()["items"]

    answer = await confirm(pair, visit_id)
    again = await confirm(pair, visit_id)

    assert [item["id"] for item in unconfirmed] == [visit_id]
    assert (answer.status_code, again.status_code) == (200, 200)
    visit = (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()
    assert visit["person_id"] == str(pair.leader.id)
    assert visit["draft"]["written_by"] == str(pair.delegate.id)
    assert visit["draft"]["confirmed_at"] is not None


async def test_draft_belongs_to_the_leader_and_events_name_the_delegate(
    world: World, pair: Pair, session: AsyncSession, clock: FakeClock
) -> None:
    due_on = (clock() + timedelta(days=7)).date().isoformat()
    promise = {"id": str(new_id()), "content": "周五前回话", "due_on": due_on}
    visit_id = await a_draft(world, pair, clock, promises=[promise])

    promise_row = (await session.exec(select(Promise).where(Promise.id == promise["id"]))).one()
    events = await session.exec(
        select(Event).where(sa.or_(Event.subject_id == promise_row.id, Event.subject_id == visit_id))
    )

    assert (promise_row.promised_by, promise_row.owner_id) == (pair.leader.id, pair.leader.id)
    actor_ids = {event.name: event.actor_id for event in events.all()}
    assert set(actor_ids) == {EventName.PROMISE_GIVEN, EventName.VISIT_CHECKED_OUT, EventName.VISIT_DRAFT_WRITTEN}
    assert set(actor_ids.values()) == {pair.delegate.id}


async def test_draft_sent_twice_is_one_visit(world: World, pair: Pair, session: AsyncSession, clock: FakeClock) -> None:
    visit_id, body = str(new_id()), draft_body(world, pair, clock)

    answers = [await pair.delegate_phone.put(f"{URL}/{visit_id}", json=body) for _ in range(2)]
    other = await pair.delegate_phone.put(f"{URL}/{visit_id}", json=body | {"people_met": 9})

    assert [answer.status_code for answer in (*answers, other)] == [201, 200, 409]
    assert await build.count(session, Visit, id=visit_id) == 1


async def a_visit_of_the_leader(world: World, pair: Pair, clock: FakeClock) -> str:
    visit_id = str(new_id())
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}
    assert (await pair.leader_phone.put(f"/v1/visits/{visit_id}", json=body)).status_code == 201
    return visit_id


async def record(phone: Caller, url: str, version: int, **fields: Any) -> Any:
    return await phone.put(url, json=RECORD | fields, headers={"If-Match": f'"{version}"'})


async def test_delegate_can_change_the_record_until_the_leader_confirms(
    world: World, pair: Pair, clock: FakeClock
) -> None:
    visit_id = await a_visit_of_the_leader(world, pair, clock)
    url = f"{URL}/{visit_id}/record"

    first = await record(pair.delegate_phone, url, 1)
    second = await record(pair.delegate_phone, url, 2, heard="缺水，缺电")
    stale = await confirm(pair, visit_id, 1)
    confirmation = await confirm(pair, visit_id, 2)
    late = await record(pair.delegate_phone, url, 3, heard="别的")

    assert [answer.status_code for answer in (first, second, stale, confirmation, late)] == [200, 200, 412, 200, 409]
    assert late.json()["code"] == "visit_draft.confirmed"
    assert (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()["heard"] == "缺水，缺电"


async def test_delegate_cannot_change_a_record_the_leader_wrote(world: World, pair: Pair, clock: FakeClock) -> None:
    visit_id = await a_visit_of_the_leader(world, pair, clock)
    await record(pair.leader_phone, f"/v1/visits/{visit_id}/record", 1)

    answer = await record(pair.delegate_phone, f"{URL}/{visit_id}/record", 2, heard="别的")

    assert (answer.status_code, answer.json()["code"]) == (409, "visit_draft.confirmed")
    assert (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()["draft"] is None


async def test_record_written_by_the_leader_confirms_the_draft(world: World, pair: Pair, clock: FakeClock) -> None:
    visit_id = await a_draft(world, pair, clock)

    await record(pair.leader_phone, f"/v1/visits/{visit_id}/record", 1, heard="我自己听到的")

    visit = (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()
    assert (visit["heard"], visit["draft"]["confirmed_at"] is None) == ("我自己听到的", False)


async def test_draft_for_the_leader_of_another_delegate_is_refused(
    world: World, pair: Pair, session: AsyncSession, api: Caller, clock: FakeClock
) -> None:
    other = await somebody(session, Role.LEADER, world.organ)
    await session.commit()
    other_visit_id = await a_visit_of_the_leader(
        world, Pair(other, pair.delegate, api.as_(other), pair.delegate_phone), clock
    )

    draft_answer = await pair.delegate_phone.put(
        f"{URL}/{new_id()}", json=draft_body(world, pair, clock, leader_id=str(other.id))
    )
    record_answer = await record(pair.delegate_phone, f"{URL}/{other_visit_id}/record", 1)
    by_a_cadre = await world.phone.put(f"{URL}/{new_id()}", json=draft_body(world, pair, clock))

    assert (draft_answer.status_code, draft_answer.json()["code"]) == (403, "visit_draft.not_their_delegate")
    assert (record_answer.status_code, record_answer.json()["code"]) == (404, "visit.not_found")
    assert by_a_cadre.status_code == 403


async def test_draft_after_the_end_of_the_delegation_is_refused(
    world: World, pair: Pair, session: AsyncSession, clock: FakeClock
) -> None:
    posting = (await session.exec(select(Posting).where(Posting.person_id == pair.delegate.id))).one()
    posting.valid_until = clock() + timedelta(minutes=1)
    await session.commit()
    body = draft_body(world, pair, clock)
    answers = [(await pair.delegate_phone.put(f"{URL}/{new_id()}", json=body)).status_code]

    clock.move(minutes=1)
    answers.append((await pair.delegate_phone.put(f"{URL}/{new_id()}", json=body)).status_code)

    assert answers == [201, 403]


async def test_draft_is_confirmed_by_its_leader_only(world: World, pair: Pair, clock: FakeClock) -> None:
    visit_id = await a_draft(world, pair, clock)
    confirmation, based_on = f"{URL}/{visit_id}/confirmation", {"If-Match": '"1"'}

    by_delegate = await pair.delegate_phone.put(confirmation, headers=based_on)
    by_cadre = await world.phone.put(confirmation, headers=based_on)

    assert (by_delegate.status_code, by_cadre.status_code) == (404, 404)
    assert (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()["draft"]["confirmed_at"] is None


async def test_confirmation_of_an_old_draft_version_is_refused(world: World, pair: Pair, clock: FakeClock) -> None:
    visit_id = await a_visit_of_the_leader(world, pair, clock)
    url = f"{URL}/{visit_id}/record"
    await pair.delegate_phone.put(url, json=RECORD, headers={"If-Match": '"1"'})
    due_on = (clock() + timedelta(days=7)).date().isoformat()
    promise = {"id": str(new_id()), "content": "一周内拨款", "due_on": due_on}
    await pair.delegate_phone.put(url, json=RECORD | {"promises": [promise]}, headers={"If-Match": '"2"'})

    old_version, new_version = await confirm(pair, visit_id, version=1), await confirm(pair, visit_id, version=2)

    assert (old_version.status_code, new_version.status_code) == (412, 200)


async def test_concurrent_draft_does_not_overwrite_the_record_of_the_leader(
    world: World, pair: Pair, session: AsyncSession, clock: FakeClock
) -> None:
    visit_id = await a_visit_of_the_leader(world, pair, clock)
    await session.exec(select(Visit).where(Visit.id == visit_id).with_for_update())
    own, other = RECORD | {"heard": "领导本人写的"}, RECORD | {"heard": "联络员写的"}

    leader_task = asyncio.create_task(
        pair.leader_phone.put(f"/v1/visits/{visit_id}/record", json=own, headers={"If-Match": '"1"'})
    )
    await asyncio.sleep(0.3)
    delegate_task = asyncio.create_task(
        pair.delegate_phone.put(f"{URL}/{visit_id}/record", json=other, headers={"If-Match": '"1"'})
    )
    await asyncio.sleep(0.3)
    await session.rollback()

    answers = [await leader_task, await delegate_task]
    assert [answer.status_code for answer in answers] == [200, 409], answers[1].text
    assert answers[1].json()["code"] == "visit_draft.confirmed"
    assert (await pair.leader_phone.get(f"/v1/visits/{visit_id}")).json()["heard"] == "领导本人写的"
