"""A change of a category or route is another version with its author and rule: what was can be explained."""

from typing import Any

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events import edited_rows as audit
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
    """Of the whole jurisdiction."""
    person = await somebody(session, Role.SYSTEM_ADMINISTRATOR, county.root)
    await session.commit()
    return person


@pytest.fixture
async def code(session: AsyncSession) -> str:
    """A category that was there before versions were kept."""
    code = f"t{new_id().hex[-12:]}"
    session.add(ProblemCategory(code=code, name="供水", respond_days=1, solve_days=5))
    await session.commit()
    return code


def asked(solve_days: int, **said: Any) -> dict[str, Any]:
    return {"name": "供水", "respond_days": 1, "solve_days": solve_days} | said


async def versions(caller: Caller, path: str, on: str | None = None) -> list[dict[str, Any]]:
    answer = await caller.get(f"/v1/{path}/versions", params={"on": on} if on else {})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_each_change_is_a_version_with_its_rule_and_what_held_before_is_kept_too(
    world: World, api: Caller, administrator: Person, code: str, clock: FakeClock
) -> None:
    url, began = f"/v1/problem-categories/{code}", clock()
    for solve_days in (7, 7):
        await api.as_(administrator).put(url, json=asked(solve_days, source=SOURCE))
    clock.move(days=1)
    await api.as_(administrator).put(url, json=asked(3))
    clock.now = began

    found = await versions(world.phone, f"problem-categories/{code}")

    assert [(one["number"], one["solve_days"], one["source"]) for one in found] == [
        (3, 3, None),
        (2, 7, SOURCE),
        (1, 5, None),
    ]
    assert [one["in_force_from"] for one in found] == ["2026-11-23T02:00:00Z", "2026-11-22T02:00:00Z", None]
    assert [one["set_by"] for one in found] == [str(administrator.id)] * 2 + [None]


@pytest.mark.parametrize(("on", "solve_days"), [("2026-11-21", 5), ("2026-11-22", 7), ("2027-01-01", 7)])
async def test_what_held_on_a_day_explains_a_deadline_of_that_day(
    world: World, api: Caller, administrator: Person, code: str, on: str, solve_days: int
) -> None:
    await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=asked(7))

    assert (await versions(world.phone, f"problem-categories/{code}", on))[0]["solve_days"] == solve_days


async def test_a_route_keeps_where_it_led(
    world: World, api: Caller, county: County, administrator: Person, code: str
) -> None:
    route_id, whole = new_id(), api.as_(administrator)
    route = {"category_code": code, "division_code": world.place.division_code}
    for organisation in (county.town, county.beside):
        await whole.put(f"/v1/problem-routes/{route_id}", json=route | {"organisation_id": str(organisation.id)})

    found = await versions(world.phone, f"problem-routes/{route_id}")

    assert [one["organisation_id"] for one in found] == [str(county.beside.id), str(county.town.id)]
    assert [one["number"] for one in found] == [2, 1]


async def test_each_version_has_its_event_told_to_the_top_and_cannot_be_edited_unseen(
    api: Caller, county: County, administrator: Person, code: str, session: AsyncSession, settings: Settings
) -> None:
    await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=asked(7))

    of = select(ProblemCategoryVersion.id).where(ProblemCategoryVersion.category_code == code)
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(of)))).all()

    assert [(event.name, event.organisation_ids) for event in events] == [
        ("problem_category_version.set", [county.root.id])
    ] * 2
    assert await audit.edited(session, ProblemCategoryVersion) == []
    assert await audit.edited(session, ProblemRouteVersion) == []


@pytest.mark.parametrize("source", ["", "第五条\x00", "秘密★ 第五条", "长" * 501])
async def test_a_source_says_something_and_bears_no_mark(
    api: Caller, administrator: Person, code: str, world: World, source: str
) -> None:
    answer = await api.as_(administrator).put(f"/v1/problem-categories/{code}", json=asked(7, source=source))

    assert answer.status_code == 422
    assert await versions(world.phone, f"problem-categories/{code}") == []


@pytest.mark.parametrize(
    "path", ["problem-categories/nothing.here", "problem-routes/01936f5e-7c00-7000-8000-00000000ffff"]
)
async def test_of_what_is_not_there_nothing_is_told(world: World, path: str) -> None:
    assert (await world.phone.get(f"/v1/{path}/versions")).status_code == 404


async def test_the_page_goes_on_where_it_ended(api: Caller, administrator: Person, code: str) -> None:
    whole, url = api.as_(administrator), f"/v1/problem-categories/{code}"
    for solve_days in (7, 8, 9):
        await whole.put(url, json=asked(solve_days))

    first = (await whole.get(f"{url}/versions", params={"limit": 2})).json()
    second = (await whole.get(f"{url}/versions", params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [one["number"] for one in first["items"] + second["items"]] == [4, 3, 2, 1]
