"""Invalid and unusual input of a check-in: wrong clocks, unusual characters, too many items."""

from datetime import timedelta
from typing import Any

import pytest

from service.foundation.ids import new_id
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "visiting", "people_met": 3, "heard": "", "done": ""}


@pytest.fixture
async def visit(world: World, clock: FakeClock) -> str:
    url = f"/v1/visits/{new_id()}"
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}
    assert (await world.phone.put(url, json=body)).status_code == 201
    return url


@pytest.mark.parametrize("days", [-365, 365])
async def test_check_in_with_a_clock_one_year_off_is_accepted_with_a_reason(
    world: World, clock: FakeClock, days: int
) -> None:
    at = (clock() + timedelta(days=days)).isoformat()
    position = {"longitude_deg": 118.7969, "latitude_deg": 32.0603, "accuracy_m": 9, "datum": "wgs84"}
    body = {"place_id": str(world.place.id), "checked_in_at": at, "position": position | {"captured_at": at}}

    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body, headers={"Sent-At": at})

    assert answer.status_code == 201
    assert (answer.json()["presence"], answer.json()["presence_reasons"]) == ("unverified", ["clock_skew"])


async def test_times_in_the_future_become_the_servers_time(world: World, clock: FakeClock) -> None:
    url, future = f"/v1/visits/{new_id()}", (clock() + timedelta(days=365)).isoformat()
    body = {"place_id": str(world.place.id), "checked_in_at": future, "site_code": None}

    checked_in = await world.phone.put(url, json=body)
    again = await world.phone.put(url, json=body)
    clock.move(minutes=5)
    checked_out = await world.phone.put(
        f"{url}/check-out", json={"checked_out_at": future}, headers={"If-Match": '"1"'}
    )
    checked_out_again = await world.phone.put(
        f"{url}/check-out", json={"checked_out_at": future}, headers={"If-Match": '"2"'}
    )
    now = clock()
    clock.move(minutes=-5)

    assert (checked_in.status_code, again.status_code) == (201, 200)
    assert checked_in.json()["checked_in_at"] == again.json()["checked_in_at"] == f"{clock():%Y-%m-%dT%H:%M:%SZ}"
    assert "clock_skew" in checked_in.json()["presence_reasons"]
    assert (checked_out.status_code, checked_out_again.status_code) == (200, 200), checked_out.text
    assert (
        checked_out.json()["checked_out_at"]
        == checked_out_again.json()["checked_out_at"]
        == f"{now:%Y-%m-%dT%H:%M:%SZ}"
    )


@pytest.mark.parametrize(("minutes", "reasons"), [(4, []), (9, ["clock_skew"]), (11, ["clock_skew"])])
async def test_clock_ahead_is_detected_without_sent_at(
    world: World, clock: FakeClock, minutes: int, reasons: list[str]
) -> None:
    at = (clock() + timedelta(minutes=minutes)).isoformat()
    position = {"longitude_deg": 118.7969, "latitude_deg": 32.0603, "accuracy_m": 9, "datum": "wgs84"}
    body = {"place_id": str(world.place.id), "checked_in_at": at, "position": position | {"captured_at": at}}

    answer = await world.phone.put(f"/v1/visits/{new_id()}", json=body)

    assert answer.json()["presence_reasons"] == reasons


@pytest.mark.parametrize("time", ["1899-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "+10000-01-01T00:00:00Z", "0"])
async def test_check_in_time_out_of_range_is_refused(world: World, time: str) -> None:
    body = {"place_id": str(world.place.id), "checked_in_at": time}

    assert (await world.phone.put(f"/v1/visits/{new_id()}", json=body)).status_code == 422


async def test_text_with_four_byte_characters_is_returned_unchanged(world: World, visit: str) -> None:
    body = RECORD | {"purpose": await _first_purpose(world), "heard": "𠮷𡧃老人👵🏼说：𰻝𰻝面馆太吵"}

    answer = await world.phone.put(f"{visit}/record", json=body, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["heard"]) == (200, body["heard"]), answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"heard": "a\x00b"},
        {"done": "\x00"},
        {"stay": {"nights": 1, "meals_paid": 1, "labour": "\x00"}},
        {"help_given": [{"kind": "goods", "content": "\x00"}]},
    ],
)
async def test_text_with_nul_is_refused_with_the_name_of_the_field(
    world: World, visit: str, fields: dict[str, Any]
) -> None:
    body = RECORD | {"purpose": await _first_purpose(world)} | fields

    answer = await world.phone.put(f"{visit}/record", json=body, headers={"If-Match": '"1"'})

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert answer.json()["errors"][0]["where"].split(".")[-1] in {"heard", "done", "labour", "content"}


async def test_record_with_ten_thousand_insights_writes_nothing(world: World, visit: str) -> None:
    insights = [
        {"id": str(new_id()), "kind": "condition", "category_code": "x", "content": "路灯不亮"} for _ in range(10_000)
    ]
    body = RECORD | {"purpose": await _first_purpose(world), "insights": insights}

    answer = await world.phone.put(f"{visit}/record", json=body, headers={"If-Match": '"1"'})

    assert answer.status_code in {413, 422}
    assert (await world.phone.get(visit)).json()["version"] == 1


@pytest.mark.parametrize("accuracy_m", [-1, 100_001, "NaN", None])
async def test_position_with_invalid_accuracy_is_refused(world: World, clock: FakeClock, accuracy_m: object) -> None:
    position = {"longitude_deg": 118.8, "latitude_deg": 32.06, "accuracy_m": accuracy_m, "datum": "wgs84"}
    body = {"place_id": str(world.place.id), "checked_in_at": clock().isoformat()}

    answer = await world.phone.put(
        f"/v1/visits/{new_id()}", json=body | {"position": position | {"captured_at": clock().isoformat()}}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


async def _first_purpose(world: World) -> str:
    return str((await world.phone.get("/v1/visit-purposes")).json()["items"][0]["code"])
