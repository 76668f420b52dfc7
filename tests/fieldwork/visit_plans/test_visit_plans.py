"""Visit plans: creation, warning about other visits, unannounced visits (四不两直), keeping, cancellation."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.foundation.workdays import BEIJING, day_of
from service.ground.places.tables import Place
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller, FakeClock
from tests.operations.worker.steps import jobs_app, relay_once

URL = "/v1/visit-plans"
BASED_ON_1 = {"If-Match": '"1"'}


@dataclass
class World:
    bureau: Organisation
    other: Organisation
    place: Place
    clock: FakeClock
    phones: dict[str, Caller]

    def body(self, **fields: Any) -> dict[str, Any]:
        return {
            "place_id": str(self.place.id),
            "from_at": (self.clock() + timedelta(hours=1)).isoformat(),
            "until_at": (self.clock() + timedelta(hours=3)).isoformat(),
            "is_announced": True,
        } | fields

    async def create_plan(self, who: str = "cadre", **fields: Any) -> tuple[str, dict[str, Any]]:
        url = f"{URL}/{new_id()}"
        answer = await self.phones[who].put(url, json=self.body(**fields))
        assert answer.status_code == 201, answer.text
        return url, answer.json()

    async def calendar(self, who: str) -> list[dict[str, Any]]:
        day = self.clock().date().isoformat()
        answer = await self.phones[who].get(
            f"/v1/places/{self.place.id}/calendar", params={"from_on": day, "until_on": day}
        )
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@pytest.fixture
async def world(session: AsyncSession, api: Caller, clock: FakeClock) -> World:
    county = await build.an_organisation(session)
    bureau, other = [await build.an_organisation(session, under=county) for _ in range(2)]
    community = await build.an_organisation(session, under=county, kind="residents_committee")
    people = {
        "cadre": await somebody(session, Role.CADRE, bureau),
        "officer": await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, bureau),
        "another": await somebody(session, Role.CADRE, other),
        "secretary": await somebody(session, Role.COMMUNITY_SECRETARY, community),
    }
    place = await build.a_place(session, community)
    await session.commit()
    return World(bureau, other, place, clock, {who: api.as_(person) for who, person in people.items()})


async def test_repeated_plan_is_created_once_and_is_in_the_calendar(world: World) -> None:
    url, plan = await world.create_plan()
    again = await world.phones["cadre"].put(url, json=world.body())

    assert (again.status_code, again.json()["plan"]) == (200, plan["plan"])
    assert [entry["organisation_id"] for entry in await world.calendar("secretary")] == [str(world.bureau.id)]


async def test_new_plan_lists_other_announced_visits(world: World) -> None:
    _, other_plan = await world.create_plan("another")

    _, own_plan = await world.create_plan()

    plan = other_plan["plan"]
    assert own_plan["also_expected"] == [{key: plan[key] for key in ("from_at", "until_at", "organisation_id")}]


async def test_new_plan_shows_unannounced_visits_as_occupied_days(world: World) -> None:
    for _ in range(2):
        await world.create_plan("another", is_announced=False)

    _, own_plan = await world.create_plan(until_at=(world.clock() + timedelta(days=1)).isoformat())

    (periods,) = own_plan["also_expected"]
    day = datetime.combine(day_of(world.clock()), time(), BEIJING)
    assert periods["organisation_id"] is None
    assert [datetime.fromisoformat(periods[key]) for key in ("from_at", "until_at")] == [day, day + timedelta(days=1)]


async def test_unannounced_visit_is_hidden_from_people_of_the_place(
    world: World, session: AsyncSession, api: Caller
) -> None:
    home = await session.get_one(Organisation, world.place.organisation_id)
    below = await build.an_organisation(session, under=home)
    world.phones["below"] = api.as_(await somebody(session, Role.CADRE, below))
    world.phones["here"] = api.as_(await somebody(session, Role.CADRE, home))
    await session.commit()
    await world.create_plan("another", is_announced=False)

    periods = [(await world.create_plan(who))[1]["also_expected"] for who in ("here", "below")]

    assert [[item["organisation_id"] for item in items] for items in periods] == [[], [str(home.id)]]


async def test_unannounced_plan_is_visible_to_its_own_unit_only(world: World, session: AsyncSession) -> None:
    url, _ = await world.create_plan(is_announced=False)

    assert await world.calendar("secretary") == []
    assert (await world.phones["secretary"].get(url)).status_code == 404
    assert (await world.phones["another"].get(url)).status_code == 404
    assert (await world.phones["officer"].get(url)).status_code == 200
    event = (await session.exec(select(Event).where(Event.subject_id == UUID(url[-36:])))).one()
    assert event.organisation_ids == [world.bureau.id]


async def check_in_and_relay(world: World, engine: AsyncEngine, settings: Settings) -> UUID:
    """Check in as the cadre today and run the outbox relay; returns the visit id."""
    visit_id = new_id()
    body = {"place_id": str(world.place.id), "checked_in_at": world.clock().isoformat()}
    await world.phones["cadre"].put(f"/v1/visits/{visit_id}", json=body)
    app = jobs_app(settings)
    async with app.open_async():
        while await relay_once(engine, app, settings, world.clock):
            pass
    return visit_id


async def test_check_in_on_another_day_leaves_the_plan_open(
    world: World, engine: AsyncEngine, settings: Settings, clock: FakeClock
) -> None:
    span = {"from_at": clock() + timedelta(days=2), "until_at": clock() + timedelta(days=2, hours=2)}
    url, _ = await world.create_plan(**{name: time.isoformat() for name, time in span.items()})

    await check_in_and_relay(world, engine, settings)

    assert (await world.phones["cadre"].get(url)).json()["state"] == "planned"


async def test_check_in_on_the_planned_day_marks_the_plan_as_kept(
    world: World, session: AsyncSession, engine: AsyncEngine, settings: Settings
) -> None:
    url, _ = await world.create_plan()

    visit_id = await check_in_and_relay(world, engine, settings)

    row = (await world.phones["cadre"].get(url)).json()
    assert (row["state"], row["visit_id"]) == ("kept", str(visit_id))
    statement = select(Event.name).where(Event.subject_id == UUID(url[-36:])).order_by(col(Event.id))
    assert list((await session.exec(statement)).all()) == ["visit_plan.made", "visit_plan.kept"]


async def test_kept_plan_stays_in_the_calendar_and_in_the_warning(
    world: World, engine: AsyncEngine, settings: Settings
) -> None:
    await world.create_plan()
    await check_in_and_relay(world, engine, settings)

    _, other = await world.create_plan("another", is_announced=False)

    assert [item["organisation_id"] for item in other["also_expected"]] == [str(world.bureau.id)]
    assert [entry["organisation_id"] for entry in await world.calendar("secretary")] == [str(world.bureau.id)]


async def test_plan_is_cancelled_by_its_author_only(world: World) -> None:
    url, _ = await world.create_plan()
    reason = {"reason": "防汛值班"}

    by_officer = await world.phones["officer"].put(f"{url}/cancellation", json=reason, headers=BASED_ON_1)
    by_author = await world.phones["cadre"].put(f"{url}/cancellation", json=reason, headers=BASED_ON_1)
    other = await world.phones["cadre"].put(f"{url}/cancellation", json={"reason": "别的"}, headers=BASED_ON_1)

    assert (by_officer.status_code, by_author.status_code) == (403, 200)
    assert (other.status_code, other.json()["code"]) == (409, "visit_plan.over")
    assert await world.calendar("secretary") == []


@pytest.mark.parametrize(
    ("hours", "code"),
    [((3, 1), "request.invalid"), ((1, 24 * 40), "request.invalid"), ((-5, -3), "visit_plan.in_the_past")],
)
async def test_plan_with_invalid_times_is_refused(world: World, hours: tuple[int, int], code: str) -> None:
    start, end = (world.clock() + timedelta(hours=items) for items in hours)
    body = world.body(from_at=start.isoformat(), until_at=end.isoformat())

    answer = await world.phones["cadre"].put(f"{URL}/{new_id()}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_plan_with_unknown_purpose_is_refused(world: World) -> None:
    answer = await world.phones["cadre"].put(f"{URL}/{new_id()}", json=world.body(purpose="no_such_purpose"))

    assert (answer.status_code, answer.json()["code"]) == (422, "visit_plan.purpose_unknown")


async def test_calendar_of_a_whole_year_is_refused(world: World) -> None:
    answer = await world.phones["cadre"].get(
        f"/v1/places/{world.place.id}/calendar", params={"from_on": "2026-01-01", "until_on": "2026-12-31"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "visit_plan.span_too_long")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_calendar_with_a_day_out_of_range_is_refused(world: World, day: str) -> None:
    answer = await world.phones["cadre"].get(
        f"/v1/places/{world.place.id}/calendar", params={"from_on": day, "until_on": day}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
