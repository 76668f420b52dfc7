"""A forgotten check-out is closed with that as its reason; the place confirms; corrections keep both."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
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
from service.identity.people.tables import Person
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import World
from tests.operations.worker.steps import jobs_app, relay_once, sweep

BASED_ON_1, BASED_ON_2, BASED_ON_3 = ({"If-Match": f'"{version}"'} for version in (1, 2, 3))
Pass = Callable[[float], Awaitable[None]]


@pytest.fixture
async def a_day_passes(engine: AsyncEngine, settings: Settings, clock: FakeClock) -> Pass:
    """The worker follows what happened, then sweeps so many hours after the real present, which wrote the rows."""
    app: procrastinate.App = jobs_app(settings)

    async def passing(hours: float) -> None:
        async with app.open_async():
            while await relay_once(engine, app, settings, clock):
                pass
        await sweep(engine, datetime.now(UTC) + timedelta(hours=hours))

    return passing


@pytest.fixture
async def people(world: World, session: AsyncSession) -> dict[str, Person]:
    made = {
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, world.community),
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, world.organ),
    }
    await session.commit()
    return made


@pytest.fixture
async def visit(world: World, clock: FakeClock) -> str:
    url = f"/v1/visits/{new_id()}"
    await world.phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    return url


async def leave(world: World, visit: str, clock: FakeClock, **after: float) -> None:
    body = {"checked_out_at": (clock() + timedelta(**after)).isoformat()}
    answer = await world.phone.put(f"{visit}/check-out", json=body, headers=BASED_ON_1)
    assert answer.status_code == 200, answer.text


async def told(session: AsyncSession, subject_id: str) -> list[str]:
    statement = select(Event.name).where(Event.subject_id == UUID(subject_id)).order_by(col(Event.id))
    return list((await session.exec(statement)).all())


async def test_open_visit_is_closed_after_a_day_as_forgotten(
    world: World, session: AsyncSession, visit: str, a_day_passes: Pass
) -> None:
    await a_day_passes(23)
    before = (await world.phone.get(visit)).json()
    await a_day_passes(25)
    after = (await world.phone.get(visit)).json()

    assert (before["state"], before["ended_by"]) == ("open", None)
    assert (after["state"], after["ended_by"], after["checked_out_at"]) == ("ended", "forgotten", None)
    assert await told(session, visit[-36:]) == ["visit.checked_in", "visit.closed"]


async def test_checked_out_visit_is_not_closed_again(
    world: World, session: AsyncSession, visit: str, a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(0)
    await leave(world, visit, clock, minutes=30)

    await a_day_passes(48)

    assert await told(session, visit[-36:]) == ["visit.checked_in", "visit.checked_out"]


async def test_late_check_out_of_a_closed_visit_is_accepted(
    world: World, visit: str, a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(25)

    left = await world.phone.put(f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2)

    assert (left.status_code, left.json()["ended_by"]) == (200, "checked_out")


async def test_check_out_ends_one_of_two_open_visits(world: World, visit: str, clock: FakeClock) -> None:
    other = f"/v1/visits/{new_id()}"
    second = await world.phone.put(other, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})

    await leave(world, visit, clock, minutes=5)

    assert second.status_code == 201
    assert (await world.phone.get(other)).json()["state"] == "open"


async def test_acknowledgement_verifies_a_visit_without_a_position(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    secretary = api.as_(people["secretary"])
    early = await secretary.put(f"{visit}/acknowledgement")
    await leave(world, visit, clock, minutes=30)

    done = await secretary.put(f"{visit}/acknowledgement")
    again = await secretary.put(f"{visit}/acknowledgement")

    assert early.status_code == 404
    assert (done.status_code, again.status_code) == (204, 204)
    shown = (await world.phone.get(visit)).json()
    assert shown["presence"] == "verified"
    assert shown["presence_reasons"] == ["position_missing", "acknowledged_by_place"]
    assert (await told(session, visit[-36:])).count("visit.acknowledged") == 1


async def test_acknowledgement_by_visitor_or_officer_is_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await leave(world, visit, clock, minutes=30)

    by_officer = await api.as_(people["officer"]).put(f"{visit}/acknowledgement")
    by_visitor = await world.phone.put(f"{visit}/acknowledgement")

    assert {answer.json()["code"] for answer in (by_officer, by_visitor)} == {"access.not_permitted"}


async def visited_by(phone: Caller, world: World, clock: FakeClock) -> str:
    """An ended visit of somebody; its address."""
    url = f"/v1/visits/{new_id()}"
    await phone.put(url, json={"place_id": str(world.place.id), "checked_in_at": clock().isoformat()})
    left = await phone.put(f"{url}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_1)
    assert left.status_code == 200, left.text
    return url


async def test_acknowledgement_of_an_own_visit_is_refused(
    world: World, session: AsyncSession, api: Caller, people: dict[str, Person], clock: FakeClock
) -> None:
    await build.a_posting(session, people["secretary"], world.organ, Role.CADRE)
    await session.commit()
    secretary = api.as_(people["secretary"])
    url = await visited_by(secretary, world, clock)

    refused = await secretary.put(f"{url}/acknowledgement")

    assert (refused.status_code, refused.json()["code"]) == (403, "access.not_permitted")


async def test_decision_on_a_correction_of_an_own_visit_is_refused(
    world: World, api: Caller, people: dict[str, Person], clock: FakeClock
) -> None:
    officer, correction_id = api.as_(people["officer"]), new_id()
    url = await visited_by(officer, world, clock)
    await officer.put(f"{url}/corrections/{correction_id}", json={"people_met": 3, "reason": "补记"})

    refused = await officer.put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "好"},
        headers=BASED_ON_1,
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "access.not_permitted")


async def test_accepted_correction_changes_the_visit_and_keeps_the_old_values(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await leave(world, visit, clock, minutes=30)
    correction_id = str(new_id())
    wanted = {
        "people_met": 9,
        "heard": "说的是二号楼",
        "stay": {"nights": 1, "meals_paid": 3, "labour": ""},
        "help_given": [{"kind": "knowledge", "content": "讲了医保报销的办法"}],
    }
    body = wanted | {"reason": "记错了楼号"}

    requested = await world.phone.put(f"{visit}/corrections/{correction_id}", json=body)
    decided = await api.as_(people["officer"]).put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "核实无误"},
        headers=BASED_ON_1,
    )

    assert (requested.status_code, decided.status_code) == (201, 200), decided.text
    shown = (await world.phone.get(visit)).json()
    assert {name: shown[name] for name in wanted} == wanted
    (row,) = (await world.phone.get("/v1/visit-corrections", params={"visit_id": visit[-36:]})).json()["items"]
    assert (row["before"], row["after"]) == (dict.fromkeys(wanted), wanted)
    assert await told(session, correction_id) == ["visit_correction.requested", "visit_correction.decided"]
    assert (await told(session, visit[-36:]))[-1] == "visit.corrected"


async def test_correction_sets_the_end_of_an_automatically_closed_visit(
    world: World, api: Caller, visit: str, people: dict[str, Person], a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(25)
    correction_id, left_at = new_id(), (clock() + timedelta(minutes=5)).isoformat()
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"checked_out_at": left_at, "reason": "忘了"})

    await api.as_(people["officer"]).put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "同事证实"},
        headers=BASED_ON_1,
    )

    shown = (await world.phone.get(visit)).json()
    assert (shown["ended_by"], shown["checked_out_at"]) == ("checked_out", left_at.replace("+00:00", "Z"))


async def test_record_of_an_automatically_closed_visit_closes_after_ten_days(
    world: World, api: Caller, visit: str, a_day_passes: Pass, clock: FakeClock
) -> None:
    record = {"purpose": "listening", "people_met": 1}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await a_day_passes(25)
    clock.move(days=11)

    late = await api.as_(world.cadre).put(f"{visit}/record", json=record | {"people_met": 2}, headers=BASED_ON_3)
    clock.move(days=-11)

    assert (late.status_code, late.json()["code"]) == (409, "visit.record_closed")


async def test_first_record_of_a_visit_has_no_deadline(
    world: World, api: Caller, visit: str, a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(25)
    clock.move(days=40)

    late = await api.as_(world.cadre).put(
        f"{visit}/record", json={"purpose": "listening", "people_met": 1}, headers=BASED_ON_2
    )
    clock.move(days=-40)

    assert (late.status_code, late.json()["people_met"]) == (200, 1)


async def test_refused_correction_changes_nothing_and_stays_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await leave(world, visit, clock, minutes=30)
    url = f"/v1/visit-corrections/{(correction_id := new_id())}/decision"
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"people_met": 900, "reason": "多写些"})
    officer = api.as_(people["officer"])

    refused = await officer.put(url, json={"is_accepted": False, "reason": "与事实不符"}, headers=BASED_ON_1)
    turned = await officer.put(url, json={"is_accepted": True, "reason": "算了"}, headers=BASED_ON_2)

    assert refused.json()["state"] == "refused"
    assert (turned.status_code, turned.json()["code"]) == (409, "visit_correction.decided")
    assert (await world.phone.get(visit)).json()["people_met"] is None


async def test_correction_is_not_decided_by_its_author_or_seen_by_the_place(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await leave(world, visit, clock, minutes=30)
    correction_id = new_id()
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"people_met": 3, "reason": "补记"})
    url = f"/v1/visit-corrections/{correction_id}/decision"
    decision = {"is_accepted": True, "reason": "好"}

    own = await world.phone.put(url, json=decision, headers=BASED_ON_1)
    hosts = await api.as_(people["secretary"]).put(url, json=decision, headers=BASED_ON_1)
    listed = (await api.as_(people["secretary"]).get("/v1/visit-corrections")).json()["items"]

    assert (own.status_code, hosts.status_code, listed) == (403, 404, [])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "visit_correction.nothing_to_correct")),
        ({"checked_out_at": "2020-01-01T00:00:00Z"}, (422, "visit.check_out_before_check_in")),
        ({"people_met": -1}, (422, "request.invalid")),
        ({"purpose": "no_such"}, (422, "visit.purpose_unknown")),
        ({"checked_out_at": "2199-01-01T00:00:00Z"}, (422, "visit_correction.time_in_future")),
        ({"checked_in_at": "2199-01-01T00:00:00Z"}, (422, "visit_correction.time_in_future")),
    ],
)
async def test_invalid_correction_is_refused_with_its_error_code(
    world: World, visit: str, clock: FakeClock, body: dict[str, object], expected: tuple[int, str]
) -> None:
    await leave(world, visit, clock, minutes=30)

    answer = await world.phone.put(f"{visit}/corrections/{new_id()}", json=body | {"reason": "试试"})

    assert (answer.status_code, answer.json()["code"]) == expected


async def test_second_correction_of_a_visit_is_refused_while_one_is_open(
    world: World, visit: str, clock: FakeClock
) -> None:
    await leave(world, visit, clock, minutes=30)
    await world.phone.put(f"{visit}/corrections/{new_id()}", json={"people_met": 3, "reason": "补记"})

    second = await world.phone.put(f"{visit}/corrections/{new_id()}", json={"people_met": 4, "reason": "再补"})

    assert (second.status_code, second.json()["code"]) == (409, "visit_correction.open")


async def requested(world: World, visit: str, **wanted: Any) -> str:
    """The address at which a correction of the visit is decided on."""
    correction_id = new_id()
    body = wanted | {"reason": "记错了"}
    answer = await world.phone.put(f"{visit}/corrections/{correction_id}", json=body)
    assert answer.status_code == 201, answer.text
    return f"/v1/visit-corrections/{correction_id}/decision"


@pytest.mark.parametrize("is_accepted", [None, True])
async def test_record_with_an_open_or_accepted_correction_is_not_changed(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock, is_accepted: bool | None
) -> None:
    record = {"purpose": "listening", "people_met": 1, "heard": "甲"}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2)
    url = await requested(world, visit, heard="乙")
    if is_accepted:
        await api.as_(people["officer"]).put(url, json={"is_accepted": True, "reason": "好"}, headers=BASED_ON_1)
    version = (await world.phone.get(visit)).headers["etag"]

    rewritten = await world.phone.put(f"{visit}/record", json=record | {"heard": "丙"}, headers={"If-Match": version})

    assert (rewritten.status_code, rewritten.json()["code"]) == (409, "visit.record_corrected")
    assert (await world.phone.get(visit)).json()["heard"] == ("乙" if is_accepted else "甲")


async def test_record_after_a_refused_correction_can_be_changed(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    record = {"purpose": "listening", "people_met": 1}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2)
    url = await requested(world, visit, people_met=9)
    await api.as_(people["officer"]).put(url, json={"is_accepted": False, "reason": "不"}, headers=BASED_ON_1)

    rewritten = await world.phone.put(f"{visit}/record", json=record | {"people_met": 2}, headers=BASED_ON_3)

    assert (rewritten.status_code, rewritten.json()["people_met"]) == (200, 2)


async def test_accepting_a_correction_with_reversed_times_is_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(25)
    officer, decision = api.as_(people["officer"]), {"is_accepted": True, "reason": "好"}
    later_in = await requested(world, visit, checked_in_at=(clock() + timedelta(minutes=8)).isoformat())
    end = {"checked_out_at": (clock() + timedelta(minutes=2)).isoformat()}
    await world.phone.put(f"{visit}/check-out", json=end, headers=BASED_ON_2)

    reversed_ = await officer.put(later_in, json=decision, headers=BASED_ON_1)
    await officer.put(later_in, json={"is_accepted": False, "reason": "时间颠倒"}, headers=BASED_ON_1)

    assert (reversed_.status_code, reversed_.json()["code"]) == (422, "visit.check_out_before_check_in")
    assert (await world.phone.get(visit)).json()["checked_in_at"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"


async def test_correction_of_the_end_is_outdated_after_a_late_check_out(
    world: World, api: Caller, visit: str, people: dict[str, Person], a_day_passes: Pass, clock: FakeClock
) -> None:
    await a_day_passes(25)
    url = await requested(world, visit, checked_out_at=(clock() + timedelta(minutes=5)).isoformat())
    end = {"checked_out_at": (clock() + timedelta(minutes=2)).isoformat()}
    await world.phone.put(f"{visit}/check-out", json=end, headers=BASED_ON_2)

    answer = await api.as_(people["officer"]).put(url, json={"is_accepted": True, "reason": "好"}, headers=BASED_ON_1)

    assert (answer.status_code, answer.json()["code"]) == (409, "visit_correction.outdated")


async def test_correction_with_null_stay_removes_the_stay(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    record = {"purpose": "listening", "people_met": 1, "stay": {"nights": 3, "meals_paid": 9}}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2)
    url = await requested(world, visit, stay=None)

    decided = await api.as_(people["officer"]).put(url, json={"is_accepted": True, "reason": "好"}, headers=BASED_ON_1)

    assert (decided.json()["before"]["stay"]["nights"], decided.json()["after"]) == (3, {"stay": None})
    assert (await world.phone.get(visit)).json()["stay"] is None
