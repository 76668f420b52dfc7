"""A file with 12,000 lines, 300 bad ones, in both modes; no long write transaction."""

from collections import Counter

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.build.imports import Importing, people
from tests.build.watch import LIMIT_S, Watch

pytestmark = pytest.mark.slow
LINES, BAD = 12_000, 300
DEFECTS = (
    lambda line: (line[0], line[1], "nowhere", *line[3:]),
    lambda line: (*line[:3], "队长", *line[4:]),
    lambda line: (*line[:4], "2026-02-30"),
    lambda line: (line[0], "", *line[2:]),
)


async def a_county_file(importing: Importing, session: AsyncSession) -> tuple[str, bytes]:
    """The prefix of the staff numbers, and the file: every fortieth line is bad, in one of four ways."""
    stem = new_id().hex[-8:]
    for number in range(60):
        await build.an_organisation(session, under=importing.county.town, code=f"{stem}-{number}")
    await session.commit()
    lines = [
        (f"{stem}{number:05}", f"某{number}", f"{stem}-{number % 60}", "干部", "2020-01-01") for number in range(LINES)
    ]
    for number in range(BAD):
        lines[number * 40] = DEFECTS[number % 4](lines[number * 40])
    return stem, people(*lines)


async def count_persons(session: AsyncSession, stem: str) -> int:
    persons = await session.exec(select(Person.id).where(col(Person.staff_number).startswith(stem)))
    return len(persons.all())


async def test_all_or_nothing_reports_every_bad_line_and_merges_nothing(
    importing: Importing, session: AsyncSession
) -> None:
    stem, file = await a_county_file(importing, session)

    url, checked = await importing.upload_and_check("people", file)

    results = (await importing.administrator.get(f"{url}/results.csv")).text.splitlines()
    codes = Counter(line.split(",")[6] for line in results if "import." in line)
    assert (checked["state"], checked["lines"], checked["refused"]) == ("refused", LINES, BAD)
    assert sorted(codes.items()) == [
        ("import.choice_unknown", 75),
        ("import.day_unreadable", 75),
        ("import.organisation_unknown", 75),
        ("import.value_missing", 75),
    ]
    assert await count_persons(session, stem) == 0


async def test_mode_good_rows_merges_in_short_transactions(
    importing: Importing, session: AsyncSession, settings: Settings
) -> None:
    stem, file = await a_county_file(importing, session)

    with Watch(settings) as watch:
        _, result = await importing.import_file("people", file, mode="good_rows")
        _, again = await importing.upload_and_check("people", file, mode="good_rows")

    assert (result["added"], result["refused"], again["unchanged"]) == (LINES - BAD, BAD, LINES - BAD)
    assert await count_persons(session, stem) == LINES - BAD
    assert await build.count(session, Event, name="posting.started") >= LINES - BAD
    assert watch.ages_s
    assert max(watch.ages_s) < LIMIT_S
