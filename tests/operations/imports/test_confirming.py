"""What is merged is exactly what was shown: or nothing, and a new diff."""

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.db import driver_url
from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation
from service.operations.imports.errors import ImportWaits
from service.operations.imports.tables import ImportFile, ImportRow
from tests import build
from tests.build.imports import Importing, organisations, people
from tests.conftest import Caller
from tests.operations.worker.steps import sweep


def a_code() -> str:
    return new_id().hex[-12:]


async def test_where_the_world_moved_a_new_diff_is_shown_and_nothing_merged(
    importing: Importing, session: AsyncSession
) -> None:
    code = a_code()
    known = await build.an_organisation(session, under=importing.county.town, code=code, name="旧名")
    await session.commit()
    url, first = await importing.checked("organisations", organisations((code, "新名", "机关", "")))
    known.name, known.version = "别人改的名", 2
    session.add(known)
    await session.commit()

    await importing.confirmed(url)
    moved = await importing.apply(url)

    (row,) = await importing.rows(url)
    assert (first["state"], moved["state"], moved["issues"][0]["code"]) == ("checked", "checked", "import.world_moved")
    assert row["changes"] == [{"field": "name", "before": "别人改的名", "after": "新名"}]
    assert (moved["confirmed_by"], moved["confirmed_at"]) == (None, None)
    await importing.confirmed(url)
    assert (await importing.apply(url))["changed"] == 1


async def test_a_yes_to_an_older_diff_is_stale(importing: Importing) -> None:
    url, shown = await importing.checked("organisations", organisations((a_code(), "甲", "机关", "")))

    answer = await importing.administrator.put(
        f"{url}/confirmation", json={}, headers={"If-Match": f'"{shown["version"] - 1}"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "version.stale")


async def test_a_yes_sent_twice_is_one(importing: Importing) -> None:
    url, shown = await importing.checked("organisations", organisations((a_code(), "甲", "机关", "")))
    headers = {"If-Match": f'"{shown["version"]}"'}

    answers = [await importing.administrator.put(f"{url}/confirmation", json={}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_whoever_lost_the_right_meanwhile_imports_nothing(
    importing: Importing, session: AsyncSession, api: Caller
) -> None:
    code = a_code()
    person = await build.a_person(session)
    posting = await build.a_posting(session, person, importing.county.town, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    url = await importing.opened("organisations", api.as_(person))
    await api.as_(person).put(f"{url}/file", content=organisations((code, "甲", "机关", "")))
    await importing.check(url)
    await importing.confirmed(url)
    posting.valid_until = importing.clock()
    session.add(posting)
    await session.commit()

    done = await importing.apply(url)

    assert (done["state"], done["issues"][0]["code"]) == ("refused", "import.right_ended")
    assert await build.count(session, Organisation, code=code) == 0


async def test_of_two_imports_at_once_one_waits_and_says_for_whom(
    importing: Importing, session: AsyncSession, settings: Settings
) -> None:
    url, _ = await importing.checked("organisations", organisations((a_code(), "甲", "机关", "")))
    await importing.confirmed(url)

    with psycopg.connect(driver_url(settings.database_url), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
        with pytest.raises(ImportWaits):
            await importing.apply(url)
        waiting = await importing.read(url)
        other.execute("SELECT pg_advisory_unlock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
    done = await importing.apply(url)

    assert (waiting["state"], done["state"]) == ("confirmed", "applied")


async def test_two_files_with_the_same_new_people_bring_each_in_once(
    importing: Importing, session: AsyncSession
) -> None:
    code, number = a_code(), a_code()
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    file = people((number, "张三", code, "干部"))
    urls = [(await importing.checked("people", file))[0] for _ in range(2)]
    for url in urls:
        await importing.confirmed(url)

    first, second = [await importing.apply(url) for url in urls]

    assert (first["state"], second["state"], second["unchanged"]) == ("applied", "checked", 1)
    assert second["issues"][0]["code"] == "import.world_moved"
    assert await build.count(session, Person, staff_number=number) == 1


async def test_a_row_that_a_race_makes_impossible_is_left_out_and_told(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    code, numbers = a_code(), [a_code() for _ in range(5)]
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    url, _ = await importing.checked("people", people(*[(number, "张三", code, "承办人") for number in numbers]))
    await importing.confirmed(url)
    await importing.mark_due(url)
    await build.a_person(session, staff_number=numbers[2])
    await session.commit()

    done = await importing.apply(url)

    rows = await importing.rows(url)
    assert (done["state"], done["added"], done["refused"]) == ("applied", 4, 1)
    assert [issue["code"] for row in rows for issue in row["issues"]] == ["person.staff_number_taken"]


async def test_an_import_nobody_confirms_is_given_up_after_a_week_and_nothing_stays_staged(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    code, number = a_code(), a_code()
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    url, _ = await importing.checked("people", people((number, "张三", code, "干部")))

    await sweep(engine, importing.clock.move(days=7, seconds=1))
    await importing.empty(url)

    (row,) = await importing.rows(url)
    assert (await importing.read(url))["state"] == "discarded"
    assert (row["key"], row["changes"][0]["after"]) == (None, None)
    assert await build.count(session, ImportFile) == 0
    assert await build.count(session, ImportRow, key=number) == 0


async def test_a_discarded_import_is_not_confirmed(importing: Importing) -> None:
    url, _ = await importing.checked("organisations", organisations((a_code(), "甲", "机关", "")))

    gone = await importing.administrator.delete(url)
    answer = await importing.confirmed(url)

    assert (gone.status_code, answer.status_code, answer.json()["code"]) == (200, 409, "import.not_possible")


async def test_a_file_above_the_limit_of_files_is_refused_and_one_above_that_of_bodies_is_not(
    importing: Importing, settings: Settings
) -> None:
    large = await importing.opened("organisations")
    larger = await importing.opened("organisations")

    taken = await importing.administrator.put(f"{large}/file", content=bytes(settings.body_limit_bytes + 1))
    refused = await importing.administrator.put(f"{larger}/file", content=bytes(settings.import_file_bytes + 1))

    assert taken.status_code == 200
    assert (refused.status_code, refused.json()["facts"]) == (413, {"limit_bytes": settings.import_file_bytes})


async def test_nobody_sends_a_file_without_a_token(api: Caller) -> None:
    answer = await api.put(f"/v1/imports/{new_id()}/file", content=b"x" * 2_000_000)

    assert answer.status_code == 401


async def test_the_same_file_sent_twice_is_one_and_another_is_refused(importing: Importing) -> None:
    url = await importing.opened("organisations")
    file = organisations((a_code(), "甲", "机关", ""))

    first, again = [await importing.administrator.put(f"{url}/file", content=file) for _ in range(2)]
    other = await importing.administrator.put(f"{url}/file", content=file + b"\n")
    empty = await importing.administrator.put(f"{await importing.opened('people')}/file", content=b"")

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (other.status_code, empty.status_code) == (409, 422)


async def test_a_page_ends_with_a_cursor_to_the_next(importing: Importing) -> None:
    file = organisations(*[(a_code(), "甲", "机关", "") for _ in range(5)])
    url, _ = await importing.checked("organisations", file)

    first = (await importing.administrator.get(f"{url}/rows?limit=3")).json()
    rest = (await importing.administrator.get(f"{url}/rows", params={"cursor": first["next_cursor"]})).json()

    assert [row["line"] for page in (first, rest) for row in page["items"]] == [2, 3, 4, 5, 6]
    assert rest["next_cursor"] is None
