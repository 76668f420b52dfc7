"""Counts of contact points of a unit and of the units directly below it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.fieldwork.coverage.small_cell_suppression import (
    MIN_LEADERS,
    CountedContactPoint,
    Path,
    suppress_small_cells,
)
from service.fieldwork.visits.tables import Visit
from service.foundation.ids import new_id
from service.ground.contact_points.tables import ContactPoint
from service.ground.places.tables import Place
from service.identity.tree.tables import Organisation
from tests import build
from tests.build.county import somebody
from tests.conftest import START, Caller

URL = "/v1/coverage/contact-points"
TODAY = START.date()


@dataclass
class Units:
    county: Organisation
    bureau: Organisation
    office: Organisation
    """Below the bureau."""
    officer: Caller


@pytest.fixture
async def units(session: AsyncSession, api: Caller) -> Units:
    county = await build.an_organisation(session)
    bureau = await build.an_organisation(session, under=county, name="民政局")
    office = await build.an_organisation(session, under=bureau, name="科室")
    officer = await somebody(session, Role.ORGAN_COMMITTEE_OFFICER, county)
    await session.commit()
    return Units(county, bureau, office, api.as_(officer))


async def add_contact_points(
    session: AsyncSession, unit: Organisation, number: int, *, ends_on: date | None = None, **columns: Any
) -> list[Place]:
    places = []
    for _ in range(number):
        leader, place = await build.a_person(session), await build.a_place(session, unit)
        row = ContactPoint(
            id=new_id(),
            leader_id=leader.id,
            organisation_id=unit.id,
            place_id=place.id,
            purpose="联系群众",
            begins_on=TODAY - timedelta(days=100),
            ends_on=ends_on or TODAY + timedelta(days=300),
            created_at=START,
            request_fingerprint=b"",
            **columns,
        )
        session.add(row)
        places.append(place)
    await session.commit()
    return places


async def add_visit(session: AsyncSession, place: Place) -> None:
    person, beside = await build.a_person(session), await build.an_organisation(session)
    row = Visit(
        id=new_id(),
        person_id=person.id,
        organisation_id=beside.id,
        place_id=place.id,
        state="ended",
        checked_in_at=START,
        checked_out_at=START,
        presence="unverified",
        presence_reasons=[],
        request_fingerprint=b"",
    )
    session.add(row)
    await session.commit()


async def read_counts(units: Units, unit: Organisation) -> dict[str, Any]:
    answer = await units.officer.get(URL, params={"organisation_id": str(unit.id)})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_unit_counts_contact_points_at_and_below_it_one_level_at_a_time(
    units: Units, session: AsyncSession
) -> None:
    await add_contact_points(session, units.bureau, 2)
    await add_contact_points(session, units.office, 1, ends_on=TODAY + timedelta(days=20))

    county, bureau = await read_counts(units, units.county), await read_counts(units, units.bureau)

    assert (county["unit"]["contact_points"], county["unit"]["ending_soon"]) == (3, 1)
    assert [(item["name"], item["contact_points"]) for item in county["items"]] == [("民政局", 3)]
    assert [(item["name"], item["contact_points"]) for item in bureau["items"]] == [("科室", 1)]


async def test_ended_and_future_contact_points_are_not_counted(units: Units, session: AsyncSession) -> None:
    await add_contact_points(session, units.bureau, 1, ended_at=START, end_reason="调离")
    for place in await add_contact_points(session, units.bureau, 1):
        point = ContactPoint(
            id=new_id(),
            leader_id=(await build.a_person(session)).id,
            organisation_id=units.bureau.id,
            place_id=place.id,
            purpose="明年起",
            begins_on=TODAY + timedelta(days=1),
            ends_on=TODAY + timedelta(days=9),
            created_at=START,
            request_fingerprint=b"",
        )
        session.add(point)
    await session.commit()

    assert (await read_counts(units, units.bureau))["unit"]["contact_points"] == 1


@pytest.mark.parametrize(("leaders", "expected"), [(4, None), (5, 4)])
async def test_places_without_contact_are_shown_for_at_least_five_leaders(
    units: Units, session: AsyncSession, leaders: int, expected: int | None
) -> None:
    places = await add_contact_points(session, units.bureau, leaders)
    await add_visit(session, places[0])

    assert (await read_counts(units, units.bureau))["unit"]["without_contact"] == expected


async def test_difference_of_a_unit_and_its_children_shows_no_small_group(units: Units, session: AsyncSession) -> None:
    """Five leaders of the office are counted; the only leader of the bureau itself is not."""
    await add_contact_points(session, units.office, 5)
    await add_contact_points(session, units.bureau, 1)

    bureau, county = await read_counts(units, units.bureau), await read_counts(units, units.county)

    for counts in (bureau["unit"], county["unit"], county["items"][0]):
        assert (counts["places"], counts["places_counted"], counts["without_contact"]) == (6, 5, 5)
    assert [(item["name"], item["without_contact"]) for item in bureau["items"]] == [("科室", 5)]


async def test_small_groups_are_counted_together_in_the_parent_unit(units: Units, session: AsyncSession) -> None:
    beside = await build.an_organisation(session, under=units.county, name="教育局")
    for unit in (units.bureau, beside):
        await add_contact_points(session, unit, 3)

    county = await read_counts(units, units.county)

    assert (county["unit"]["without_contact"], county["unit"]["places_counted"]) == (6, 6)
    assert [(item["without_contact"], item["places_counted"]) for item in county["items"]] == [(None, 0)] * 2


LEADERS = [UUID(int=number) for number in range(1, 9)]
PATHS = st.lists(st.sampled_from("ab"), max_size=3).map(lambda below: ("root", *below))
COUNTED = st.builds(CountedContactPoint, st.sampled_from(LEADERS), st.uuids(), st.booleans())


@given(st.dictionaries(PATHS, st.lists(COUNTED, max_size=6), min_size=1))
def test_suppression_leaves_differences_of_no_or_five_leaders(points: dict[Path, list[CountedContactPoint]]) -> None:
    result = suppress_small_cells(points)

    for path in filter(None, result):
        below = [
            item for other, other_points in result.items() if other and other[:-1] == path for item in other_points
        ]
        remaining_leaders = {item.leader_id for item in result[path] if item not in below}
        assert not remaining_leaders or len(remaining_leaders) >= MIN_LEADERS


async def test_counts_of_contact_points_name_no_person(units: Units, session: AsyncSession) -> None:
    await add_contact_points(session, units.bureau, 5)

    counts = await read_counts(units, units.bureau)

    assert [key for key in counts["unit"] if "leader" in key or "person" in key] == ["leaders"]


async def test_unit_out_of_reach_is_not_found(units: Units, session: AsyncSession) -> None:
    elsewhere = await build.an_organisation(session)
    await session.commit()

    answer = await units.officer.get(URL, params={"organisation_id": str(elsewhere.id)})

    assert (answer.status_code, answer.json()["code"]) == (404, "organisation.not_found")
