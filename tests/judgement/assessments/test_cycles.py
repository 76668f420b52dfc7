"""Opening assessment cycles."""

from typing import Any

import pytest

from service.foundation.ids import new_id
from tests.build.assessments import World


async def test_cycle_sent_twice_is_stored_once_and_visible_to_everybody(world: World) -> None:
    url, body = f"/v1/assessment-cycles/{new_id()}", world.cycle_body()

    first, again = await world.officer.put(url, json=body), await world.officer.put(url, json=body)
    by_cadre = await world.cadre.get(url)

    assert (first.status_code, again.status_code, by_cadre.status_code) == (201, 200, 200)
    assert first.json() == again.json() == by_cadre.json()
    assert (by_cadre.json()["state"], by_cadre.json()["freezing_at"], by_cadre.headers["etag"]) == (
        "collecting",
        None,
        '"1"',
    )
    items = (await world.cadre.get("/v1/assessment-cycles", params={"limit": 200})).json()["items"]
    assert [item for item in items if item["id"] == url[-36:]] == [by_cadre.json()]


async def test_cycle_with_other_content_under_the_same_id_is_refused(world: World) -> None:
    url = await world.open_cycle()

    answer = await world.officer.put(url, json=world.cycle_body(name="另一个"))

    assert (answer.status_code, answer.json()["code"]) == (409, "id.content_differs")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"until_day": "2025-12-31"}, 422, "assessment_cycle.ends_before_it_begins"),
        ({"until_day": "9999-12-31"}, 422, "request.invalid"),
        ({"until_day": "2026-02-30"}, 422, "request.invalid"),
        ({"name": " "}, 422, "request.invalid"),
        ({"score": 5}, 422, "request.invalid"),
        ({"receiver_id": "018f0000-0000-7000-8000-000000000000"}, 404, "organisation.not_found"),
        ({"organisation_id": "018f0000-0000-7000-8000-000000000000"}, 404, "organisation.not_found"),
    ],
)
async def test_cycle_with_invalid_fields_is_refused(
    world: World, fields: dict[str, Any], status: int, code: str
) -> None:
    url = f"/v1/assessment-cycles/{new_id()}"

    answer = await world.officer.put(url, json=world.cycle_body(**fields))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await world.officer.get(url)).status_code == 404


async def test_cycle_is_opened_only_by_an_officer_in_reach(world: World) -> None:
    url = f"/v1/assessment-cycles/{new_id()}"

    colleague = await world.cadre.put(url, json=world.cycle_body())
    foreign = await world.stranger.put(url, json=world.cycle_body())
    above = await world.officer.put(url, json=world.cycle_body(organisation_id=str(world.county.root.id)))

    assert (colleague.status_code, colleague.json()["code"]) == (403, "access.not_permitted")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "organisation.not_found")
    assert (above.status_code, above.json()["code"]) == (404, "organisation.not_found")
