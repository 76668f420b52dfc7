"""Versions of categories and routes, with author and source."""

from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events import edited_rows
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.solving.problems.tables import ProblemCategory, ProblemCategoryVersion, ProblemRouteVersion
from tests.build.county import County, county, somebody
from tests.conftest import Caller, FakeClock
from tests.solving.problems.conftest import World

__all__ = ["county"]
SOURCE = "市办〔2026〕3号《诉求办理办法》第五条"


@pytest.fixture
async def administrator(session: AsyncSession, county: County) -> Person:
    """The system administrator of the whole jurisdiction."""
    person = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()
    return person


@pytest.fixture
async def code(session: AsyncSession) -> str:
    """A category without versions."""
    code = f"t{new_id().hex[-12:]}"
    session.add(ProblemCategory(code=code, name="供水", respond_days=1, solve_days=5))
    await session.commit()
    return code


def category_body(solve_days: int, **fields: Any) -> dict[str, Any]:
    return {"name": "供水", "respond_days": 1, "solve_days": solve_days} | fields


async def versions(caller: Caller, path: str, on: str | None = None) -> list[dict[str, Any]]:
    answer = await caller.get(f"/v1/{path}/versions", params={"on": on} if on else {})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_category_change_adds_a_version_and_keeps_the_first_state(
    world: World, api: Caller, administrator: Person, code: str, clock: FakeClock
) -> None:
    url, start = f"/v1/problem-categories/{code}", clock()
    for solve_days in (7, 7):
        await api.as_(administrator).put(url, json=category_body(solve_days, source=SOURCE))
    clock.move(days=1)
    await api.as_(administrator).put(url, json=category_body(3))
    clock.now = start

    items = await versions(world.phone, f"problem-categories/{code}")

    assert [(item["number"], item["solve_days"], item["source"]) for item in items] == [
        (3, 3, None),
        (2, 7, SOURCE),
        (1, 5, None),
    ]
    assert [item["in_force_from"] for item in items] == ["2026-11-23T02:00:00Z", "2026-11-22T02:00:00Z", None]
    assert [item["set_by"] for item in items] == [str(administrator.id)] * 2 + [None]


@pytest.mark.parametrize(("on", "solve_days"), [("2026-11-21", 5), ("2026-11-22", 7), ("2027-01-01", 7)])
async def test_versions_on_a_day_start_with_the_one_in_force(
    world: World, api: Caller, administrator: Person, code: str, on: str, solve_days: int
) -> None:
    await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=category_body(7))

    assert (await versions(world.phone, f"problem-categories/{code}", on))[0]["solve_days"] == solve_days


async def test_route_change_adds_a_version(
    world: World, api: Caller, county: County, administrator: Person, code: str
) -> None:
    route_id, client = new_id(), api.as_(administrator)
    route = {"category_code": code, "division_code": world.place.division_code}
    for organisation in (county.town, county.beside):
        await client.put(f"/v1/problem-routes/{route_id}", json=route | {"organisation_id": str(organisation.id)})

    items = await versions(world.phone, f"problem-routes/{route_id}")

    assert [item["organisation_id"] for item in items] == [str(county.beside.id), str(county.town.id)]
    assert [item["number"] for item in items] == [2, 1]


async def test_version_records_an_event_for_the_root_and_has_a_digest(
    api: Caller, county: County, administrator: Person, code: str, session: AsyncSession, settings: Settings
) -> None:
    await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=category_body(7))

    version_ids = select(ProblemCategoryVersion.id).where(ProblemCategoryVersion.category_code == code)
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(version_ids)))).all()

    assert [(event.name, event.organisation_ids) for event in events] == [
        ("problem_category_version.set", [county.root.id])
    ] * 2
    assert await edited_rows.find_edited_rows(session, ProblemCategoryVersion) == []
    assert await edited_rows.find_edited_rows(session, ProblemRouteVersion) == []


@pytest.mark.parametrize("source", ["", "第五条\x00", "秘密★ 第五条", "长" * 501])
async def test_source_that_is_empty_too_long_or_marked_secret_is_refused(
    api: Caller, administrator: Person, code: str, world: World, source: str
) -> None:
    answer = await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=category_body(7, source=source))

    assert answer.status_code == 422
    assert await versions(world.phone, f"problem-categories/{code}") == []


@pytest.mark.parametrize(
    "path", ["problem-categories/nothing.here", "problem-routes/01936f5e-7c00-7000-8000-00000000ffff"]
)
async def test_versions_of_an_unknown_setting_are_not_found(world: World, path: str) -> None:
    assert (await world.phone.get(f"/v1/{path}/versions")).status_code == 404


async def test_versions_are_paged_newest_first(api: Caller, administrator: Person, code: str) -> None:
    client, url = api.as_(administrator), f"/v1/problem-categories/{code}"
    for solve_days in (7, 8, 9):
        await client.put(url, json=category_body(solve_days))

    first = (await client.get(f"{url}/versions", params={"limit": 2})).json()
    second = (await client.get(f"{url}/versions", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [item["number"] for item in first["items"] + second["items"]] == [4, 3, 2, 1]
