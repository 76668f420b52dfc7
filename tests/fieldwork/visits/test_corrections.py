"""Corrections of ended visits: request, decision, and their effect on the record."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.identity.people.tables import Person
from tests.conftest import Caller, FakeClock
from tests.fieldwork.visits.conftest import (
    BASED_ON_1,
    BASED_ON_2,
    BASED_ON_3,
    PassHours,
    World,
    check_out,
    ended_visit_of,
    event_names,
)


async def test_decision_on_a_correction_of_an_own_visit_is_refused(
    world: World, api: Caller, people: dict[str, Person], clock: FakeClock
) -> None:
    officer, correction_id = api.as_(people["officer"]), new_id()
    url = await ended_visit_of(officer, world, clock)
    await officer.put(f"{url}/corrections/{correction_id}", json={"people_met": 3, "reason": "补记"})

    rejection = await officer.put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "好"},
        headers=BASED_ON_1,
    )

    assert (rejection.status_code, rejection.json()["code"]) == (403, "access.not_permitted")


async def test_accepted_correction_changes_the_visit_and_keeps_the_old_values(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await check_out(world, visit, clock, minutes=30)
    correction_id = str(new_id())
    values = {
        "people_met": 9,
        "heard": "说的是二号楼",
        "stay": {"nights": 1, "meals_paid": 3, "labour": ""},
        "help_given": [{"kind": "knowledge", "content": "讲了医保报销的办法"}],
    }
    body = values | {"reason": "记错了楼号"}

    request_answer = await world.phone.put(f"{visit}/corrections/{correction_id}", json=body)
    decision_answer = await api.as_(people["officer"]).put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "核实无误"},
        headers=BASED_ON_1,
    )

    assert (request_answer.status_code, decision_answer.status_code) == (201, 200), decision_answer.text
    visit_out = (await world.phone.get(visit)).json()
    assert {name: visit_out[name] for name in values} == values
    (row,) = (await world.phone.get("/v1/visit-corrections", params={"visit_id": visit[-36:]})).json()["items"]
    assert (row["before"], row["after"]) == (dict.fromkeys(values), values)
    assert await event_names(session, correction_id) == ["visit_correction.requested", "visit_correction.decided"]
    assert (await event_names(session, visit[-36:]))[-1] == "visit.corrected"


async def test_correction_sets_the_end_of_an_automatically_closed_visit(
    world: World, api: Caller, visit: str, people: dict[str, Person], pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(25)
    correction_id, left_at = new_id(), (clock() + timedelta(minutes=5)).isoformat()
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"checked_out_at": left_at, "reason": "忘了"})

    await api.as_(people["officer"]).put(
        f"/v1/visit-corrections/{correction_id}/decision",
        json={"is_accepted": True, "reason": "同事证实"},
        headers=BASED_ON_1,
    )

    visit_out = (await world.phone.get(visit)).json()
    assert (visit_out["ended_by"], visit_out["checked_out_at"]) == ("checked_out", left_at.replace("+00:00", "Z"))


async def test_refused_correction_changes_nothing_and_stays_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await check_out(world, visit, clock, minutes=30)
    url = f"/v1/visit-corrections/{(correction_id := new_id())}/decision"
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"people_met": 900, "reason": "多写些"})
    officer = api.as_(people["officer"])

    rejection = await officer.put(url, json={"is_accepted": False, "reason": "与事实不符"}, headers=BASED_ON_1)
    second_decision = await officer.put(url, json={"is_accepted": True, "reason": "算了"}, headers=BASED_ON_2)

    assert rejection.json()["state"] == "refused"
    assert (second_decision.status_code, second_decision.json()["code"]) == (409, "visit_correction.decided")
    assert (await world.phone.get(visit)).json()["people_met"] is None


async def test_correction_is_not_decided_by_its_author_or_seen_by_the_place(
    world: World, session: AsyncSession, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    await check_out(world, visit, clock, minutes=30)
    correction_id = new_id()
    await world.phone.put(f"{visit}/corrections/{correction_id}", json={"people_met": 3, "reason": "补记"})
    url = f"/v1/visit-corrections/{correction_id}/decision"
    decision = {"is_accepted": True, "reason": "好"}

    by_author = await world.phone.put(url, json=decision, headers=BASED_ON_1)
    by_place = await api.as_(people["secretary"]).put(url, json=decision, headers=BASED_ON_1)
    list_items = (await api.as_(people["secretary"]).get("/v1/visit-corrections")).json()["items"]

    assert (by_author.status_code, by_place.status_code, list_items) == (403, 404, [])


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
    await check_out(world, visit, clock, minutes=30)

    answer = await world.phone.put(f"{visit}/corrections/{new_id()}", json=body | {"reason": "试试"})

    assert (answer.status_code, answer.json()["code"]) == expected


async def test_second_correction_of_a_visit_is_refused_while_one_is_open(
    world: World, visit: str, clock: FakeClock
) -> None:
    await check_out(world, visit, clock, minutes=30)
    await world.phone.put(f"{visit}/corrections/{new_id()}", json={"people_met": 3, "reason": "补记"})

    second = await world.phone.put(f"{visit}/corrections/{new_id()}", json={"people_met": 4, "reason": "再补"})

    assert (second.status_code, second.json()["code"]) == (409, "visit_correction.open")


async def request_correction(world: World, visit: str, **values: Any) -> str:
    """Request a correction of the visit; returns the URL of its decision."""
    correction_id = new_id()
    body = values | {"reason": "记错了"}
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
    url = await request_correction(world, visit, heard="乙")
    if is_accepted:
        await api.as_(people["officer"]).put(url, json={"is_accepted": True, "reason": "好"}, headers=BASED_ON_1)
    version = (await world.phone.get(visit)).headers["etag"]

    rewrite = await world.phone.put(f"{visit}/record", json=record | {"heard": "丙"}, headers={"If-Match": version})

    assert (rewrite.status_code, rewrite.json()["code"]) == (409, "visit.record_corrected")
    assert (await world.phone.get(visit)).json()["heard"] == ("乙" if is_accepted else "甲")


async def test_record_after_a_refused_correction_can_be_changed(
    world: World, api: Caller, visit: str, people: dict[str, Person], clock: FakeClock
) -> None:
    record = {"purpose": "listening", "people_met": 1}
    await world.phone.put(f"{visit}/record", json=record, headers=BASED_ON_1)
    await world.phone.put(f"{visit}/check-out", json={"checked_out_at": clock().isoformat()}, headers=BASED_ON_2)
    url = await request_correction(world, visit, people_met=9)
    await api.as_(people["officer"]).put(url, json={"is_accepted": False, "reason": "不"}, headers=BASED_ON_1)

    rewrite = await world.phone.put(f"{visit}/record", json=record | {"people_met": 2}, headers=BASED_ON_3)

    assert (rewrite.status_code, rewrite.json()["people_met"]) == (200, 2)


async def test_accepting_a_correction_with_reversed_times_is_refused(
    world: World, api: Caller, visit: str, people: dict[str, Person], pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(25)
    officer, decision = api.as_(people["officer"]), {"is_accepted": True, "reason": "好"}
    url = await request_correction(world, visit, checked_in_at=(clock() + timedelta(minutes=8)).isoformat())
    end = {"checked_out_at": (clock() + timedelta(minutes=2)).isoformat()}
    await world.phone.put(f"{visit}/check-out", json=end, headers=BASED_ON_2)

    accepted = await officer.put(url, json=decision, headers=BASED_ON_1)
    await officer.put(url, json={"is_accepted": False, "reason": "时间颠倒"}, headers=BASED_ON_1)

    assert (accepted.status_code, accepted.json()["code"]) == (422, "visit.check_out_before_check_in")
    assert (await world.phone.get(visit)).json()["checked_in_at"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"


async def test_correction_of_the_end_is_outdated_after_a_late_check_out(
    world: World, api: Caller, visit: str, people: dict[str, Person], pass_hours: PassHours, clock: FakeClock
) -> None:
    await pass_hours(25)
    url = await request_correction(world, visit, checked_out_at=(clock() + timedelta(minutes=5)).isoformat())
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
    url = await request_correction(world, visit, stay=None)

    decision_answer = await api.as_(people["officer"]).put(
        url, json={"is_accepted": True, "reason": "好"}, headers=BASED_ON_1
    )

    assert (decision_answer.json()["before"]["stay"]["nights"], decision_answer.json()["after"]) == (3, {"stay": None})
    assert (await world.phone.get(visit)).json()["stay"] is None
