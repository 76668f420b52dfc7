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


async def test_setting_applies_below_until_a_nearer_one_is_set(world: World) -> None:
    await world.set(world.chief, world.county, 20)

    from_above = await world.held(world.community)
    await world.set(world.officer, world.town, 30)
    from_nearer = await world.held(world.community)

    assert (from_above["value"], from_above["rule"]["source"]) == (20, SOURCE)
    assert (from_nearer["value"], from_nearer["rule"]["organisation_id"]) == (30, str(world.town.id))
    assert (await world.held(world.county))["value"] == 20


async def test_effective_rule_without_setting_is_the_default(world: World) -> None:
    held = await world.held(world.town)

    assert held == {"key": KEY, "value": 10, "unit": "days", "rule": None}


async def test_withdrawal_adds_a_row_and_restores_the_superior_setting(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.officer, world.town, 30)

    withdrawn = await world.set(world.officer, world.town, None)

    assert (withdrawn.status_code, (await world.held(world.community))["value"]) == (201, 20)
    listed = (await world.cadre.get(URL, params={"organisation_id": str(world.town.id)})).json()["items"]
    assert [(item["value"], item["number"]) for item in listed] == [(None, 2), (30, 1)]


async def test_setting_with_future_day_applies_from_that_day(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.chief, world.county, 15, valid_from="2026-12-01")

    held = [(await world.held(world.town, on))["value"] for on in ("2026-11-30", "2026-12-01", "2027-05-01")]

    assert held == [20, 15, 15]


async def test_later_of_two_settings_for_one_day_applies_and_both_are_listed(world: World) -> None:
    await world.set(world.chief, world.county, 20)
    await world.set(world.chief, world.county, 21)

    body = {"organisation_id": str(world.county.id), "key": KEY}
    listed = (await world.cadre.get(URL, params=body)).json()["items"]

    assert (await world.held(world.county))["value"] == 21
    assert [item["value"] for item in listed] == [21, 20]


async def test_effective_rules_of_past_day_ignore_later_settings(world: World, clock: FakeClock) -> None:
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
async def test_invalid_setting_is_refused_and_writes_no_row(
    world: World, session: AsyncSession, said: dict[str, Any], status: int, code: str
) -> None:
    before = await build.count(session, LocalRule)

    answer = await world.set(world.chief, world.county, said.pop("value", 20), **said)

    assert refusal(answer) == (status, code)
    assert await build.count(session, LocalRule) == before


async def test_only_roles_of_the_catalogue_may_set_a_rule(world: World) -> None:
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


async def test_rule_for_whole_jurisdiction_is_set_at_the_root_only(world: World) -> None:
    link = {"key": "problem.link_days"}

    below = await world.set(world.administrator, world.town, 60, **link)
    above = await world.set(world.administrator, world.county, 60, **link)

    assert refusal(below) == (422, "local_rule.for_whole_jurisdiction")
    assert above.status_code == 201


async def test_concurrent_settings_get_consecutive_numbers_or_conflict(world: World) -> None:
    body = [world.set(world.chief, world.county, value) for value in range(11, 19)]

    answers = await asyncio.gather(*body)

    told = {refusal(answer) for answer in answers if answer.status_code != 201}
    set_ = [answer.json() for answer in answers if answer.status_code == 201]
    assert told <= {(409, "local_rule.set_meanwhile")}
    assert sorted(item["number"] for item in set_) == list(range(1, len(set_) + 1))
    assert (await world.held(world.county))["value"] == max(set_, key=lambda item: item["number"])["value"]


async def test_setting_sent_twice_is_one_row_even_when_sent_later(world: World, clock: FakeClock) -> None:
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


async def test_setting_records_event_and_access_log_line(world: World, session: AsyncSession, settings: Settings) -> None:
    rule_id = (await world.set(world.chief, world.county, 20)).json()["id"]

    (event,) = (await session.exec(select(Event).where(Event.subject_id == UUID(rule_id)))).all()

    assert (event.name, event.organisation_ids) == ("local_rule.set", [world.county.id])
    assert event.payload == {"organisation_id": str(world.county.id), "key": KEY, "valid_from": TODAY}
    assert [action for action, _ in access_log(settings, rule_id)] == ["local_rule.set"]


async def test_every_signed_in_person_reads_a_setting_by_id(world: World) -> None:
    set_ = (await world.set(world.chief, world.county, 20)).json()

    read: httpx.Response = await world.stranger.get(f"{URL}/{set_['id']}")

    assert read.json() == set_
    assert refusal(await world.stranger.get(f"{URL}/{new_id()}")) == (404, "local_rule.not_found")
    body = {"organisation_id": str(new_id())}
    for path in ("", "/effective"):
        assert refusal(await world.cadre.get(URL + path, params=body)) == (404, "organisation.not_found")


async def test_database_refuses_backdated_setting(
    world: World, session: AsyncSession, engine: AsyncEngine
) -> None:
    set_ = (await world.set(world.chief, world.county, 20)).json()
    row = await session.get(LocalRule, UUID(set_["id"]))
    assert row is not None
    values = row.model_dump() | {"id": new_id(), "number": 99, "valid_from": row.valid_from.replace(year=2020)}
    session.add(LocalRule(**values))

    with pytest.raises(Exception, match="ck_local_rule_not_backdated"):
        await session.flush()


async def test_catalogue_shows_limits_roles_and_source_of_each_rule(world: World) -> None:
    items = (await world.cadre.get(f"{URL}/catalogue")).json()["items"]

    assert {item["key"] for item in items} >= {KEY, "correction_request.decide_workdays"}
    for item in items:
        assert item["default"] is None or item["at_least"] <= item["default"] <= item["at_most"]
        assert item["set_by"]
        assert item["source"]
