"""Late entries: whole visits recorded after they took place."""

from datetime import timedelta

import pytest

from service.foundation.ids import new_id
from tests.conftest import FakeClock
from tests.fieldwork.visits.conftest import World

RECORD = {"purpose": "station", "people_met": 6, "heard": "路灯不亮", "done": "联系了物业"}


async def test_late_entry_is_an_ordinary_ended_visit_without_a_mark(world: World, clock: FakeClock) -> None:
    url = f"/v1/visits/{new_id()}"
    body = RECORD | {
        "place_id": str(world.place.id),
        "checked_in_at": (clock() - timedelta(days=20)).isoformat(),
        "checked_out_at": (clock() - timedelta(days=20, hours=-2)).isoformat(),
    }

    first = await world.phone.put(f"{url}/late-entry", json=body)
    again = await world.phone.put(f"{url}/late-entry", json=body)
    other = await world.phone.put(f"{url}/late-entry", json=body | {"people_met": 7})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    visit_out = (await world.phone.get(url)).json()
    assert (visit_out["state"], visit_out["ended_by"]) == ("ended", "checked_out")
    assert (visit_out["presence"], visit_out["presence_reasons"]) == ("unverified", ["position_missing"])
    assert not [name for name in visit_out if "late" in name or "after" in name]


@pytest.mark.parametrize(
    ("hours", "code"),
    [((2, 1), "visit.check_out_before_check_in"), ((1, 5), "visit.check_out_in_future")],
    ids=["order", "future"],
)
async def test_late_entry_with_impossible_times_is_refused(
    world: World, clock: FakeClock, hours: tuple[int, int], code: str
) -> None:
    body = RECORD | {
        "place_id": str(world.place.id),
        "checked_in_at": (clock() + timedelta(hours=hours[0] - 3)).isoformat(),
        "checked_out_at": (clock() + timedelta(hours=hours[1] - 3)).isoformat(),
    }

    answer = await world.phone.put(f"/v1/visits/{new_id()}/late-entry", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_promise_due_between_visit_and_record_is_accepted(world: World, clock: FakeClock) -> None:
    start = clock() - timedelta(days=5)
    times = {"checked_in_at": start.isoformat(), "checked_out_at": (start + timedelta(hours=1)).isoformat()}
    due_on, too_soon = ((clock() - timedelta(days=days)).date().isoformat() for days in (2, 6))
    body = RECORD | times | {"place_id": str(world.place.id)}
    promises = [{"id": str(new_id()), "content": "后天回话", "due_on": due_on}]
    early_promises = [{"id": str(new_id()), "content": "昨天回话", "due_on": too_soon}]

    accepted = await world.phone.put(f"/v1/visits/{new_id()}/late-entry", json=body | {"promises": promises})
    rejection = await world.phone.put(f"/v1/visits/{new_id()}/late-entry", json=body | {"promises": early_promises})

    assert accepted.status_code == 201, accepted.text
    assert (rejection.status_code, rejection.json()["code"]) == (422, "promise.due_before_given")
