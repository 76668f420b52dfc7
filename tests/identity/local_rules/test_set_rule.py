"""Set and read local rules over HTTP."""

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
from tests.identity.local_rules.conftest import KEY, SOURCE, TODAY, URL, YESTERDAY, World, status_and_code


async def test_setting_applies_below_until_a_nearer_one_is_set(world: World) -> None:
    await world.set_rule(world.county_officer, world.county, 20)

    before = await world.effective_rule(world.community)
    await world.set_rule(world.town_officer, world.town, 30)
    after = await world.effective_rule(world.community)

    assert (before["value"], before["rule"]["source"]) == (20, SOURCE)
    assert (after["value"], after["rule"]["organisation_id"]) == (30, str(world.town.id))
    assert (await world.effective_rule(world.county))["value"] == 20


async def test_effective_rule_without_setting_is_the_default(world: World) -> None:
    rule = await world.effective_rule(world.town)

    assert rule == {"key": KEY, "value": 10, "unit": "days", "rule": None}


async def test_withdrawal_adds_a_row_and_restores_the_superior_setting(world: World) -> None:
    await world.set_rule(world.county_officer, world.county, 20)
    await world.set_rule(world.town_officer, world.town, 30)

    withdrawn = await world.set_rule(world.town_officer, world.town, None)

    assert (withdrawn.status_code, (await world.effective_rule(world.community))["value"]) == (201, 20)
    items = (await world.cadre.get(URL, params={"organisation_id": str(world.town.id)})).json()["items"]
    assert [(item["value"], item["number"]) for item in items] == [(None, 2), (30, 1)]


async def test_setting_with_future_day_applies_from_that_day(world: World) -> None:
    await world.set_rule(world.county_officer, world.county, 20)
    await world.set_rule(world.county_officer, world.county, 15, valid_from="2026-12-01")

    values = [
        (await world.effective_rule(world.town, on))["value"] for on in ("2026-11-30", "2026-12-01", "2027-05-01")
    ]

    assert values == [20, 15, 15]


async def test_later_of_two_settings_for_one_day_applies_and_both_are_listed(world: World) -> None:
    await world.set_rule(world.county_officer, world.county, 20)
    await world.set_rule(world.county_officer, world.county, 21)

    body = {"organisation_id": str(world.county.id), "key": KEY}
    items = (await world.cadre.get(URL, params=body)).json()["items"]

    assert (await world.effective_rule(world.county))["value"] == 21
    assert [item["value"] for item in items] == [21, 20]


async def test_effective_rules_of_past_day_ignore_later_settings(world: World, clock: FakeClock) -> None:
    await world.set_rule(world.county_officer, world.county, 20)
    start = clock()
    try:
        clock.move(minutes=5)
        await world.set_rule(world.county_officer, world.county, 7)
        before = await world.effective_rule(world.town, YESTERDAY)
        today = await world.effective_rule(world.town, TODAY)
    finally:
        clock.now = start

    assert (before["value"], before["rule"]) == (10, None)
    assert today["value"] == 7


@pytest.mark.parametrize(
    ("fields", "status", "code"),
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
    world: World, session: AsyncSession, fields: dict[str, Any], status: int, code: str
) -> None:
    before = await build.count(session, LocalRule)

    answer = await world.set_rule(world.county_officer, world.county, fields.pop("value", 20), **fields)

    assert status_and_code(answer) == (status, code)
    assert await build.count(session, LocalRule) == before


async def test_only_roles_of_the_catalogue_may_set_a_rule(world: World) -> None:
    of_administrator = {"key": "correction_request.decide_workdays"}

    answers = [
        await world.set_rule(world.administrator, world.county, 20),
        await world.set_rule(world.administrator, world.county, 20, **of_administrator),
        await world.set_rule(world.county_officer, world.county, 20, **of_administrator),
        await world.set_rule(world.town_officer, world.county, 20),
        await world.set_rule(world.cadre, world.community, 20),
        await world.set_rule(world.stranger, world.county, 20),
        await world.set_rule(world.county_officer, world.community, 20),
    ]

    assert [answer.status_code for answer in answers] == [403, 201, 403, 404, 403, 404, 201]


async def test_rule_for_whole_jurisdiction_is_set_at_the_root_only(world: World) -> None:
    link_days = {"key": "problem.link_days"}

    at_town = await world.set_rule(world.administrator, world.town, 60, **link_days)
    at_root = await world.set_rule(world.administrator, world.county, 60, **link_days)

    assert status_and_code(at_town) == (422, "local_rule.for_whole_jurisdiction")
    assert at_root.status_code == 201


async def test_concurrent_settings_get_consecutive_numbers_or_conflict(world: World) -> None:
    requests = [world.set_rule(world.county_officer, world.county, value) for value in range(11, 19)]

    answers = await asyncio.gather(*requests)

    errors = {status_and_code(answer) for answer in answers if answer.status_code != 201}
    rules = [answer.json() for answer in answers if answer.status_code == 201]
    assert errors <= {(409, "local_rule.set_meanwhile")}
    assert sorted(item["number"] for item in rules) == list(range(1, len(rules) + 1))
    assert (await world.effective_rule(world.county))["value"] == max(rules, key=lambda item: item["number"])["value"]


async def test_setting_sent_twice_is_one_row_even_when_sent_later(world: World, clock: FakeClock) -> None:
    url, start = f"{URL}/{new_id()}", clock()
    body = {"organisation_id": str(world.county.id), "key": KEY, "value": 20, "valid_from": TODAY, "source": SOURCE}
    answers = await asyncio.gather(*(world.county_officer.put(url, json=body) for _ in range(2)))
    try:
        clock.move(minutes=9)
        repeated = await world.county_officer.put(url, json=body)
        changed = await world.county_officer.put(url, json=body | {"value": 21})
    finally:
        clock.now = start

    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert (repeated.status_code, repeated.json()) == (200, answers[0].json())
    assert status_and_code(changed) == (409, "id.content_differs")
    assert status_and_code(await world.stranger.put(url, json=body)) == (404, "organisation.not_found")


async def test_setting_records_event_and_access_log_line(
    world: World, session: AsyncSession, settings: Settings
) -> None:
    rule_id = (await world.set_rule(world.county_officer, world.county, 20)).json()["id"]

    (event,) = (await session.exec(select(Event).where(Event.subject_id == UUID(rule_id)))).all()

    assert (event.name, event.organisation_ids) == ("local_rule.set", [world.county.id])
    assert event.payload == {"organisation_id": str(world.county.id), "key": KEY, "valid_from": TODAY}
    assert [action for action, _ in access_log(settings, rule_id)] == ["local_rule.set"]


async def test_every_signed_in_person_reads_a_setting_by_id(world: World) -> None:
    rule = (await world.set_rule(world.county_officer, world.county, 20)).json()

    answer: httpx.Response = await world.stranger.get(f"{URL}/{rule['id']}")

    assert answer.json() == rule
    assert status_and_code(await world.stranger.get(f"{URL}/{new_id()}")) == (404, "local_rule.not_found")
    body = {"organisation_id": str(new_id())}
    for path in ("", "/effective"):
        assert status_and_code(await world.cadre.get(URL + path, params=body)) == (404, "organisation.not_found")


async def test_database_refuses_backdated_setting(world: World, session: AsyncSession, engine: AsyncEngine) -> None:
    rule = (await world.set_rule(world.county_officer, world.county, 20)).json()
    row = await session.get(LocalRule, UUID(rule["id"]))
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
