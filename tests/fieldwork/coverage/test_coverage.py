"""Places without contact, counts by division, and the concentration of visits."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import OrganisationKind, Role
from service.fieldwork.coverage.rules import STEPS, months_before
from service.fieldwork.visits.tables import Visit
from service.foundation.ids import new_id
from service.ground.places.tables import Place
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller

PLACES, DIVISIONS, CONCENTRATION = "/v1/coverage/places", "/v1/coverage/divisions", "/v1/coverage/concentration"
YEAR = {"from_on": "2026-01-01", "until_on": "2026-12-31"}


@dataclass
class World:
    organ: Organisation
    code: str
    visited: Place
    long_ago: Place
    never: Place
    officer: Caller


async def add_visits(session: AsyncSession, place: Place, *times: datetime, **columns: Any) -> None:
    """Add ended visits of a person of another organisation; `columns` overrides the values."""
    person, beside = await build.a_person(session), await build.an_organisation(session)
    for time in times:
        values = {"organisation_id": beside.id, "state": "ended", "checked_out_at": time} | columns
        row = Visit(
            id=new_id(),
            person_id=person.id,
            place_id=place.id,
            checked_in_at=time,
            presence="unverified",
            presence_reasons=[],
            request_fingerprint=b"",
            **values,
        )
        session.add(row)
    await session.flush()


@pytest.fixture
async def world(session: AsyncSession, api: Caller) -> World:
    """Three places of one village under the officer's organ: visited a month ago, a year ago, never."""
    organ = await build.an_organisation(session)
    village = await build.an_organisation(session, under=organ, kind=OrganisationKind.VILLAGERS_COMMITTEE)
    code = await build.a_village_code(session)
    places = [await build.a_place(session, village, division_code=code, name=name) for name in ("甲", "乙", "丙")]
    await add_visits(session, places[0], START - timedelta(days=30), START - timedelta(days=400))
    await add_visits(session, places[1], START - timedelta(days=365))
    officer = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, organ)
    await session.commit()
    return World(organ, code, *places, officer=api.as_(officer))


async def list_places(phone: Caller, **params: Any) -> list[tuple[str, str | None]]:
    answer = await phone.get(PLACES, params=params)
    assert answer.status_code == 200, answer.text
    return [(item["name"], item["last_visited_on"]) for item in answer.json()["items"]]


async def test_places_without_contact_have_the_day_of_their_last_visit(world: World) -> None:
    assert sorted(await list_places(world.officer)) == [("丙", None), ("乙", "2025-11-22")]


async def test_places_without_contact_depend_on_the_requested_months(world: World) -> None:
    assert sorted(await list_places(world.officer, months=1)) == [("丙", None), ("乙", "2025-11-22")]
    assert await list_places(world.officer, months=12) == [("丙", None)]


async def test_open_visit_is_not_counted_as_contact(world: World, session: AsyncSession) -> None:
    await add_visits(session, world.never, START, state="open", checked_out_at=None)
    await session.commit()

    assert ("丙", None) in await list_places(world.officer)


async def test_contact_excludes_visits_of_place_owner_but_not_parent(world: World, session: AsyncSession) -> None:
    village = await session.get_one(Organisation, world.never.organisation_id)
    group = await build.an_organisation(session, under=village)
    for organisation in (village, group):
        await add_visits(session, world.never, START, organisation_id=organisation.id)
    await add_visits(session, world.long_ago, START, organisation_id=world.organ.id)
    await session.commit()

    assert await list_places(world.officer) == [("丙", None)]
    concentration = (await world.officer.get(CONCENTRATION, params=YEAR)).json()
    assert [(item["visits_from"], item["places"]) for item in concentration["steps"]][:2] == [(0, 1), (1, 2)]


async def test_pages_of_places_continue_without_gap_or_repeat(world: World) -> None:
    first = (await world.officer.get(PLACES, params={"limit": 1})).json()
    second = (await world.officer.get(PLACES, params={"limit": 1, "cursor": first["next_cursor"]})).json()

    assert {item["name"] for page in (first, second) for item in page["items"]} == {"乙", "丙"}
    assert second["next_cursor"] is None


async def test_places_out_of_reach_are_not_listed_and_not_counted(
    world: World, session: AsyncSession, api: Caller
) -> None:
    elsewhere = api.as_(await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, await build.an_organisation(session)))
    await session.commit()

    assert await list_places(elsewhere) == []
    assert (await elsewhere.get(DIVISIONS)).json()["items"] == []
    assert (await elsewhere.get(CONCENTRATION, params=YEAR)).json()["places"] == 0


async def test_coverage_without_the_right_is_refused(world: World, session: AsyncSession, api: Caller) -> None:
    cadre = api.as_(await somebody(session, Role.CADRE, world.organ))
    await session.commit()

    assert (await cadre.get(PLACES)).status_code == 403
    assert (await cadre.get(DIVISIONS)).status_code == 403
    assert (await cadre.get(CONCENTRATION, params=YEAR)).status_code == 403


async def test_division_counts_places_with_and_without_contact(world: World) -> None:
    answer = (await world.officer.get(DIVISIONS, params={"level": "township"})).json()

    assert answer["since"] == "2026-05-22"
    assert answer["items"] == [
        {
            "division_code": world.code[:9],
            "name": "某地",
            "places": 3,
            "with_contact": 1,
            "without_contact": 2,
        }
    ]


async def test_places_without_a_division_are_counted_first_with_null_code(world: World, session: AsyncSession) -> None:
    await build.a_place(session, world.organ)
    await session.commit()

    answer = (await world.officer.get(DIVISIONS, params={"limit": 1})).json()
    next_page = (await world.officer.get(DIVISIONS, params={"limit": 1, "cursor": answer["next_cursor"]})).json()

    assert [(item["division_code"], item["places"]) for item in answer["items"]] == [(None, 1)]
    assert [(item["division_code"], item["places"]) for item in next_page["items"]] == [(world.code[:9], 3)]


async def test_division_filter_applies_to_all_three_lists(world: World, session: AsyncSession) -> None:
    other = await build.a_village_code(session)
    await build.a_place(session, world.organ, division_code=other, name="丁")
    await session.commit()
    narrowed = {"division_code": other}

    assert await list_places(world.officer, **narrowed) == [("丁", None)]
    assert [item["places"] for item in (await world.officer.get(DIVISIONS, params=narrowed)).json()["items"]] == [1]
    assert (await world.officer.get(CONCENTRATION, params=YEAR | narrowed)).json()["places"] == 1


async def test_concentration_counts_places_by_number_of_visits(world: World, session: AsyncSession) -> None:
    await add_visits(session, world.visited, *[START - timedelta(days=day) for day in range(1, 21)])
    await session.commit()

    concentration = (await world.officer.get(CONCENTRATION, params=YEAR)).json()

    assert [(item["visits_from"], item["visits_until"], item["places"]) for item in concentration["steps"]] == [
        (0, 0, 2),
        (1, 2, 0),
        (3, 5, 0),
        (6, 10, 0),
        (11, None, 1),
    ]


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (PLACES, {"months": 0}),
        (PLACES, {"months": 61}),
        (PLACES, {"division_code": "32%"}),
        (DIVISIONS, {"level": "planet"}),
        (CONCENTRATION, {"from_on": "2026-02-01", "until_on": "2026-01-01"}),
        (CONCENTRATION, {"from_on": "2020-01-01", "until_on": "2026-01-01"}),
        (CONCENTRATION, {"from_on": "9999-12-31", "until_on": "9999-12-31"}),
    ],
)
async def test_invalid_coverage_query_is_refused(world: World, url: str, body: dict[str, Any]) -> None:
    answer = await world.officer.get(url, params=body)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"request.invalid", "coverage.span_too_long"}


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(1, 60))
def test_months_before_returns_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    earlier = months_before(day, months)

    assert (day.year - earlier.year) * 12 + day.month - earlier.month == months
    assert earlier.day == day.day or (earlier + timedelta(days=1)).day == 1


def test_concentration_steps_cover_every_number_of_visits() -> None:
    assert [first for first, _ in STEPS] == [0, *(last + 1 for _, last in STEPS if last is not None)]
    assert STEPS[-1] == (11, None)
