"""The date of a file (`as_of`): at most a year from today; current postings stay current."""

from datetime import timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from tests import build
from tests.build.imports import Importing, people
from tests.conftest import START

TODAY = START.date()


@pytest.mark.parametrize("day", ["2150-01-01", "1950-01-01", str(TODAY + timedelta(days=368))])
async def test_date_more_than_a_year_away_is_refused(importing: Importing, day: str) -> None:
    body = {"kind": "people", "mode": "good_rows", "organisation_id": str(importing.county.town.id), "as_of": day}

    answer = await importing.administrator.put(f"/v1/imports/{new_id()}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "import.day_too_far")


@pytest.mark.parametrize("days", [-364, 364])
async def test_date_within_a_year_is_accepted(importing: Importing, days: int) -> None:
    url = await importing.open_import("people", as_of=str(TODAY + timedelta(days=days)))

    assert (await importing.read(url))["as_of"] == str(TODAY + timedelta(days=days))


async def test_future_date_does_not_make_posting_elsewhere_a_past_one(
    importing: Importing, session: AsyncSession
) -> None:
    code, number, until = new_id().hex[-12:], new_id().hex, START + timedelta(days=100)
    county = importing.county
    await build.an_organisation(session, under=county.town, code=code)
    person = await build.a_person(session, staff_number=number, name="张三", organisation_id=county.town.id)
    await build.a_posting(session, person, county.beside, Role.CADRE, valid_until=until)
    await session.commit()
    renamed = people((number, "张叁", code, "干部"))

    url, _ = await importing.upload_and_check(
        "people", renamed, mode="good_rows", as_of=str(TODAY + timedelta(days=200))
    )

    assert await importing.issues(url) == [(2, "name", "import.name_managed_elsewhere")]
