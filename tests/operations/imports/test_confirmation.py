"""Confirming an import: exactly the confirmed diff is merged, otherwise a new diff must be confirmed."""

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
from service.operations.imports.errors import ImportBusy
from service.operations.imports.tables import ImportFile, ImportRow
from tests import build
from tests.build.imports import Importing, organisations, people
from tests.conftest import Caller
from tests.operations.worker.steps import sweep


def a_code() -> str:
    return new_id().hex[-12:]


async def test_changed_record_since_check_gives_new_diff_and_merges_nothing(
    importing: Importing, session: AsyncSession
) -> None:
    code = a_code()
    organisation = await build.an_organisation(session, under=importing.county.town, code=code, name="旧名")
    await session.commit()
    url, first = await importing.upload_and_check("organisations", organisations((code, "新名", "机关", "")))
    organisation.name, organisation.version = "别人改的名", 2
    session.add(organisation)
    await session.commit()

    await importing.confirm(url)
    rechecked = await importing.apply(url)

    (row,) = await importing.rows(url)
    assert (first["state"], rechecked["state"], rechecked["issues"][0]["code"]) == (
        "checked",
        "checked",
        "import.records_changed",
    )
    assert row["changes"] == [{"field": "name", "before": "别人改的名", "after": "新名"}]
    assert (rechecked["confirmed_by"], rechecked["confirmed_at"]) == (None, None)
    await importing.confirm(url)
    assert (await importing.apply(url))["changed"] == 1


async def test_confirming_older_diff_is_refused_as_stale(importing: Importing) -> None:
    url, checked = await importing.upload_and_check("organisations", organisations((a_code(), "甲", "机关", "")))

    answer = await importing.administrator.put(
        f"{url}/confirmation", json={}, headers={"If-Match": f'"{checked["version"] - 1}"'}
    )

    assert (answer.status_code, answer.json()["code"]) == (412, "version.stale")


async def test_confirming_twice_gives_same_response(importing: Importing) -> None:
    url, checked = await importing.upload_and_check("organisations", organisations((a_code(), "甲", "机关", "")))
    headers = {"If-Match": f'"{checked["version"]}"'}

    answers = [await importing.administrator.put(f"{url}/confirmation", json={}, headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


async def test_requester_who_lost_the_right_merges_nothing(
    importing: Importing, session: AsyncSession, api: Caller
) -> None:
    code = a_code()
    person = await build.a_person(session)
    posting = await build.a_posting(session, person, importing.county.town, Role.SYSTEM_ADMINISTRATOR)
    await session.commit()
    url = await importing.open_import("organisations", api.as_(person))
    await api.as_(person).put(f"{url}/file", content=organisations((code, "甲", "机关", "")))
    await importing.check(url)
    await importing.confirm(url)
    posting.valid_until = importing.clock()
    session.add(posting)
    await session.commit()

    result = await importing.apply(url)

    assert (result["state"], result["issues"][0]["code"]) == ("refused", "import.right_ended")
    assert await build.count(session, Organisation, code=code) == 0


async def test_merge_waits_while_another_import_is_merged(
    importing: Importing, session: AsyncSession, settings: Settings
) -> None:
    url, _ = await importing.upload_and_check("organisations", organisations((a_code(), "甲", "机关", "")))
    await importing.confirm(url)

    with psycopg.connect(driver_url(settings.database_url), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
        with pytest.raises(ImportBusy):
            await importing.apply(url)
        waiting = await importing.read(url)
        other.execute("SELECT pg_advisory_unlock(%s)", [AdvisoryLock.IMPORT_MERGE.value])
    result = await importing.apply(url)

    assert (waiting["state"], result["state"]) == ("confirmed", "applied")


async def test_two_files_with_same_new_person_add_it_once(importing: Importing, session: AsyncSession) -> None:
    code, number = a_code(), a_code()
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    file = people((number, "张三", code, "干部"))
    urls = [(await importing.upload_and_check("people", file))[0] for _ in range(2)]
    for url in urls:
        await importing.confirm(url)

    first, second = [await importing.apply(url) for url in urls]

    assert (first["state"], second["state"], second["unchanged"]) == ("applied", "checked", 1)
    assert second["issues"][0]["code"] == "import.records_changed"
    assert await build.count(session, Person, staff_number=number) == 1


async def test_row_in_conflict_at_merge_is_refused_with_issue(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    code, numbers = a_code(), [a_code() for _ in range(5)]
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    url, _ = await importing.upload_and_check(
        "people", people(*[(number, "张三", code, "承办人") for number in numbers])
    )
    await importing.confirm(url)
    await importing.mark_due(url)
    await build.a_person(session, staff_number=numbers[2])
    await session.commit()

    result = await importing.apply(url)

    rows = await importing.rows(url)
    assert (result["state"], result["added"], result["refused"]) == ("applied", 4, 1)
    assert [issue["code"] for row in rows for issue in row["issues"]] == ["person.staff_number_taken"]


async def test_unconfirmed_import_expires_after_a_week_and_data_is_erased(
    importing: Importing, session: AsyncSession, engine: AsyncEngine
) -> None:
    code, number = a_code(), a_code()
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    url, _ = await importing.upload_and_check("people", people((number, "张三", code, "干部")))

    await sweep(engine, importing.clock.move(days=7, seconds=1))
    await importing.erase(url)

    (row,) = await importing.rows(url)
    assert (await importing.read(url))["state"] == "discarded"
    assert (row["key"], row["changes"][0]["after"]) == (None, None)
    assert await build.count(session, ImportFile) == 0
    assert await build.count(session, ImportRow, key=number) == 0


async def test_confirming_discarded_import_is_refused(importing: Importing) -> None:
    url, _ = await importing.upload_and_check("organisations", organisations((a_code(), "甲", "机关", "")))

    discarded = await importing.administrator.delete(url)
    answer = await importing.confirm(url)

    assert (discarded.status_code, answer.status_code, answer.json()["code"]) == (200, 409, "import.not_possible")


async def test_upload_is_limited_by_file_size_not_by_body_size(importing: Importing, settings: Settings) -> None:
    large = await importing.open_import("organisations")
    larger = await importing.open_import("organisations")

    accepted = await importing.administrator.put(f"{large}/file", content=bytes(settings.body_limit_bytes + 1))
    refused = await importing.administrator.put(f"{larger}/file", content=bytes(settings.import_file_bytes + 1))

    assert accepted.status_code == 200
    assert (refused.status_code, refused.json()["facts"]) == (413, {"limit_bytes": settings.import_file_bytes})


async def test_upload_without_token_is_refused(api: Caller) -> None:
    answer = await api.put(f"/v1/imports/{new_id()}/file", content=b"x" * 2_000_000)

    assert answer.status_code == 401


async def test_repeated_upload_is_accepted_and_other_file_is_refused(importing: Importing) -> None:
    url = await importing.open_import("organisations")
    file = organisations((a_code(), "甲", "机关", ""))

    first, again = [await importing.administrator.put(f"{url}/file", content=file) for _ in range(2)]
    other = await importing.administrator.put(f"{url}/file", content=file + b"\n")
    empty = await importing.administrator.put(f"{await importing.open_import('people')}/file", content=b"")

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert (other.status_code, empty.status_code) == (409, 422)


async def test_list_of_rows_continues_with_cursor(importing: Importing) -> None:
    file = organisations(*[(a_code(), "甲", "机关", "") for _ in range(5)])
    url, _ = await importing.upload_and_check("organisations", file)

    first = (await importing.administrator.get(f"{url}/rows?limit=3")).json()
    rest = (await importing.administrator.get(f"{url}/rows", params={"cursor": first["next_cursor"]})).json()

    assert [row["line"] for page in (first, rest) for row in page["items"]] == [2, 3, 4, 5, 6]
    assert rest["next_cursor"] is None
