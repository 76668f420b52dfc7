"""An organisation sets a figure for itself and below, from a day on, and says which rule it comes from."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.local_rules.tables import LocalRule
from tests import build
from tests.build.county import access_log
from tests.conftest import FakeClock
from tests.identity.local_rules.conftest import KEY, SOURCE, TODAY, URL, YESTERDAY, World, refusal


async def test_what_is_set_holds_below_with_its_source_and_whoever_is_nearer_wins(world: World) -> None:
    await world.set(world.chief, world.county, 20)

    from_above = await world.held(world.community)
    await world.set(world.officer, world.town, 30)
    from_nearer = await world.held(world.community)

    assert (from_above["value"], from_above["rule"]["source"]) == (20, SOURCE)
    assert (from_nearer["value"], from_nearer["rule"]["organisation_id"]) == (30, str(world.town.id))
    assert (await world.held(world.county))["value"] == 20


async def test_where_nobody_set_anything_the_default_holds(world: World) -> None:
    held = await world.held(world.town)

    assert held == {"key": KEY, "value": 10, "unit": "days", "rule": None}


async def test_a_withdrawal_is_another_row_and_what_is_set_above_holds_again(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.officer, world.town, 30)

    withdrawn = await world.set(world.officer, world.town, None)

    assert (withdrawn.status_code, (await world.held(world.community))["value"]) == (201, 20)
    listed = (await world.cadre.get(URL, params={"organisation_id": str(world.town.id)})).json()["items"]
    assert [(item["value"], item["number"]) for item in listed] == [(None, 2), (30, 1)]


async def test_a_change_announced_for_a_day_waits_for_it(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.chief, world.county, 15, valid_from="2026-12-01")

    held = [(await world.held(world.town, on))["value"] for on in ("2026-11-30", "2026-12-01", "2027-05-01")]

    assert held == [20, 15, 15]


async def test_of_two_for_the_same_day_the_one_recorded_later_holds_and_both_stay(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.chief, world.county, 21)

    body = {"organisation_id": str(world.county.id), "key": KEY}
    listed = (await world.cadre.get(URL, params=body)).json()["items"]

    assert (await world.held(world.county))["value"] == 21
    assert [item["value"] for item in listed] == [21, 20]


async def test_what_held_on_a_past_day_is_told_whatever_came_later(world: World, clock: FakeClock) -> None:
    await world.set(world.chief, world.county, 20)
    began = clock()
    try:
        clock.move(minutes=5)
        await world.set(world.chief, world.county, 7)
        before = await world.held(world.town, YESTERDAY)
        on_that_day = await world.held(world.town, TODAY)
    finally:
        clock.now = began

    assert (before["value"], before["rule"]) == (10, None)
    assert on_that_day["value"] == 7


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"key": "visit.colour"}, 422, "request.invalid"),
        ({"value": 0}, 422, "local_rule.out_of_range"),
        ({"value": 91}, 422, "local_rule.out_of_range"),
        ({"value": -5}, 422, "local_rule.out_of_range"),
        ({"value": 10**30}, 422, "request.invalid"),
        ({"value": 7.5}, 422, "request.invalid"),
        ({"value": "7"}, 422, "request.invalid"),
        ({"value": True}, 422, "request.invalid"),
        ({"value": [7]}, 422, "request.invalid"),
        ({"valid_from": YESTERDAY}, 422, "local_rule.begins_in_past"),
        ({"valid_from": "9999-12-31"}, 422, "request.invalid"),
        ({"source": ""}, 422, "request.invalid"),
        ({"source": "   "}, 422, "request.invalid"),
        ({"source": "第八条\x00"}, 422, "request.invalid"),
        ({"source": "机密★1年 第八条"}, 422, "request.invalid"),
        ({"recorded_at": "2020-01-01T00:00:00Z"}, 422, "request.invalid"),
        ({"organisation_id": str(new_id())}, 404, "organisation.not_found"),
    ],
)
async def test_bad_input_is_refused_and_leaves_nothing(
    world: World, session: AsyncSession, said: dict[str, Any], status: int, code: str
) -> None:
    before = await build.count(session, LocalRule)

    answer = await world.set(world.chief, world.county, said.pop("value", 20), **said)

    assert refusal(answer) == (status, code)
    assert await build.count(session, LocalRule) == before


async def test_who_may_set_what_stands_in_the_catalogue(world: World) -> None:
    workdays = {"key": "correction_request.decide_workdays"}

    answers = [
        await world.set(world.administrator, world.county, 20),
        await world.set(world.administrator, world.county, 20, **workdays),
        await world.set(world.chief, world.county, 20, **workdays),
        await world.set(world.officer, world.county, 20),
        await world.set(world.cadre, world.community, 20),
        await world.set(world.stranger, world.county, 20),
        await world.set(world.chief, world.community, 20),
    ]

    assert [answer.status_code for answer in answers] == [403, 201, 403, 404, 403, 404, 201]


async def test_what_is_one_for_everybody_is_set_at_the_top_only(world: World) -> None:
    link = {"key": "problem.link_days"}

    below = await world.set(world.administrator, world.town, 60, **link)
    above = await world.set(world.administrator, world.county, 60, **link)

    assert refusal(below) == (422, "local_rule.for_whole_jurisdiction")
    assert above.status_code == 201


async def test_two_at_the_same_instant_are_both_answered_and_one_stands(world: World) -> None:
    body = [world.set(world.chief, world.county, value) for value in range(11, 19)]

    answers = await asyncio.gather(*body)

    told = {refusal(answer) for answer in answers if answer.status_code != 201}
    set_ = [answer.json() for answer in answers if answer.status_code == 201]
    assert told <= {(409, "local_rule.set_meanwhile")}
    assert sorted(item["number"] for item in set_) == list(range(1, len(set_) + 1))
    assert (await world.held(world.county))["value"] == max(set_, key=lambda item: item["number"])["value"]


async def test_the_same_request_twice_is_one_setting_even_after_its_day(world: World, clock: FakeClock) -> None:
    url, began = f"{URL}/{new_id()}", clock()
    body = {"organisation_id": str(world.county.id), "key": KEY, "value": 20, "valid_from": TODAY, "source": SOURCE}
    both = await asyncio.gather(*(world.chief.put(url, json=body) for _ in range(2)))
    try:
        clock.move(minutes=9)
        again = await world.chief.put(url, json=body)
        other = await world.chief.put(url, json=body | {"value": 21})
    finally:
        clock.now = began

    assert sorted(answer.status_code for answer in both) == [200, 201]
    assert (again.status_code, again.json()) == (200, both[0].json())
    assert refusal(other) == (409, "id.content_differs")
    assert refusal(await world.stranger.put(url, json=body)) == (404, "organisation.not_found")


async def test_it_is_told_and_logged(world: World, session: AsyncSession, settings: Settings) -> None:
    rule_id = (await world.set(world.chief, world.county, 20)).json()["id"]

    (event,) = (await session.exec(select(Event).where(Event.subject_id == UUID(rule_id)))).all()

    assert (event.name, event.organisation_ids) == ("local_rule.set", [world.county.id])
    assert event.payload == {"organisation_id": str(world.county.id), "key": KEY, "valid_from": TODAY}
    assert [action for action, _ in access_log(settings, rule_id)] == ["local_rule.set"]


async def test_one_setting_is_read_by_its_id_by_everybody_signed_in(world: World) -> None:
    set_ = (await world.set(world.chief, world.county, 20)).json()

    read: httpx.Response = await world.stranger.get(f"{URL}/{set_['id']}")

    assert read.json() == set_
    assert refusal(await world.stranger.get(f"{URL}/{new_id()}")) == (404, "local_rule.not_found")
    body = {"organisation_id": str(new_id())}
    for path in ("", "/effective"):
        assert refusal(await world.cadre.get(URL + path, params=body)) == (404, "organisation.not_found")


async def test_the_database_itself_refuses_a_backdated_one(
    world: World, session: AsyncSession, engine: AsyncEngine
) -> None:
    set_ = (await world.set(world.chief, world.county, 20)).json()
    row = await session.get(LocalRule, UUID(set_["id"]))
    assert row is not None
    values = row.model_dump() | {"id": new_id(), "number": 99, "valid_from": row.valid_from.replace(year=2020)}
    session.add(LocalRule(**values))

    with pytest.raises(Exception, match="ck_local_rule_not_backdated"):
        await session.flush()


async def test_the_catalogue_says_everything_about_each(world: World) -> None:
    items = (await world.cadre.get(f"{URL}/catalogue")).json()["items"]

    assert {item["key"] for item in items} >= {KEY, "correction_request.decide_workdays"}
    for item in items:
        assert item["default"] is None or item["at_least"] <= item["default"] <= item["at_most"]
        assert item["set_by"]
        assert item["source"]
