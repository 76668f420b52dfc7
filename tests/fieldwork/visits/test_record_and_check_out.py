"""Record and check-out of a visit."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from tests import build
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "listening", "people_met": 6, "heard": "路灯不亮", "done": "联系了物业"}


def check_out_body(clock: FakeClock, **delay: float) -> dict[str, Any]:
    return {"checked_out_at": (clock() + timedelta(**delay)).isoformat()}


async def test_record_is_stored_with_a_new_version(world: World, visit: str) -> None:
    answer = await world.phone.put(f"{visit}/record", json=RECORD, headers={"If-Match": '"1"'})

    assert answer.status_code == 200
    assert RECORD.items() <= answer.json().items()
    assert answer.headers["etag"] == '"2"'


async def test_repeated_record_changes_nothing(world: World, visit: str) -> None:
    await world.phone.put(f"{visit}/record", json=RECORD, headers={"If-Match": '"1"'})

    again = await world.phone.put(f"{visit}/record", json=RECORD, headers={"If-Match": '"1"'})

    assert (again.status_code, again.json()["version"]) == (200, 2)


async def test_record_based_on_an_old_version_is_refused(world: World, visit: str) -> None:
    await world.phone.put(f"{visit}/record", json=RECORD, headers={"If-Match": '"1"'})

    stale = await world.phone.put(f"{visit}/record", json=RECORD | {"people_met": 7}, headers={"If-Match": '"1"'})

    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    assert stale.json()["facts"] == {"current_version": 2}
    assert (await world.phone.get(visit)).json()["people_met"] == 6


async def test_check_out_ends_the_visit_and_notifies_the_place(
    world: World, session: AsyncSession, visit: str, clock: FakeClock
) -> None:
    answer = await world.phone.put(
        f"{visit}/check-out", json=check_out_body(clock, minutes=40), headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "ended")
    statement = select(Event).where(Event.subject_id == UUID(visit[-36:])).order_by(col(Event.id).desc())
    event = (await session.exec(statement)).first()
    assert event is not None
    assert event.name == "visit.checked_out"
    assert set(event.organisation_ids) == {world.organ.id, world.community.id}


async def test_repeated_check_out_changes_nothing(world: World, visit: str, clock: FakeClock) -> None:
    body, based_on = check_out_body(clock, minutes=1), {"If-Match": '"1"'}

    first = await world.phone.put(f"{visit}/check-out", json=body, headers=based_on)
    again = await world.phone.put(f"{visit}/check-out", json=body, headers=based_on)

    assert first.json() == again.json()


async def test_second_check_out_with_another_time_is_refused(world: World, visit: str, clock: FakeClock) -> None:
    await world.phone.put(f"{visit}/check-out", json=check_out_body(clock, minutes=1), headers={"If-Match": '"1"'})

    answer = await world.phone.put(
        f"{visit}/check-out", json=check_out_body(clock, minutes=2), headers={"If-Match": '"2"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "visit.already_ended")


async def test_check_out_before_the_check_in_is_refused(world: World, visit: str, clock: FakeClock) -> None:
    answer = await world.phone.put(
        f"{visit}/check-out", json=check_out_body(clock, minutes=-1), headers={"If-Match": '"1"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "visit.check_out_before_check_in")


async def test_record_of_a_visit_of_a_colleague_is_not_found(
    world: World, api: Caller, session: AsyncSession, visit: str
) -> None:
    colleague = await build.a_person(session)
    await build.a_posting(session, colleague, world.organ, "cadre")
    await session.commit()

    answer = await api.as_(colleague).put(f"{visit}/record", json=RECORD, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (404, "visit.not_found")
