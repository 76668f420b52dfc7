"""Import of people: identified by staff number; added, renamed, moved; the postings of leavers end."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting
from tests import build
from tests.build.imports import PEOPLE_HEADINGS, Importing, an_xlsx, people
from tests.conftest import START


async def an_office(importing: Importing, session: AsyncSession) -> str:
    """The code of a new office below the town."""
    code = new_id().hex[-12:]
    await build.an_organisation(session, under=importing.county.town, code=code)
    await session.commit()
    return code


def numbers(count: int) -> list[str]:
    stem = new_id().hex[-10:]
    return [f"G{stem}{place}" for place in range(count)]


async def postings_of(session: AsyncSession, number: str) -> Sequence[Posting]:
    statement = select(Posting).join(Person, col(Person.id) == col(Posting.person_id))
    ordered = statement.where(Person.staff_number == number).order_by(col(Posting.valid_from))
    return (await session.exec(ordered.execution_options(populate_existing=True))).all()


async def test_person_on_two_lines_gets_two_postings(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    lines = ((number, "张三", office, "干部", "2024/3/1"), (number, "张三", office, "承办人"))

    _, result = await importing.import_file("people", people(*lines))

    person = (await session.exec(select(Person).where(Person.staff_number == number))).one()
    postings = await postings_of(session, number)
    assert (result["state"], result["added"]) == ("applied", 2)
    assert (person.name, [posting.role for posting in postings]) == ("张三", [Role.CADRE, Role.HANDLER])
    assert postings[0].valid_from.isoformat() == "2024-02-29T16:00:00+00:00"
    assert postings[0].valid_until is None


async def test_workbook_is_imported_like_csv(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    line = (number, "张三", office, "干部", datetime.fromisoformat("2024-03-01"), "")

    _, result = await importing.import_file("people", an_xlsx(PEOPLE_HEADINGS, line))

    (posting,) = await postings_of(session, number)
    assert (result["state"], result["added"], posting.role) == ("applied", 1, Role.CADRE)
    assert posting.valid_from.isoformat() == "2024-02-29T16:00:00+00:00"


async def test_each_imported_change_has_same_events_as_manual_change(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)

    await importing.import_file("people", people((number, "张三", office, "干部")))

    (posting,) = await postings_of(session, number)
    subjects = [posting.id, posting.person_id]
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(subjects)))).all()
    assert {event.name for event in events} == {"person.created", "posting.started"}
    assert {event.actor_id for event in events} == {importing.county.administrator.id}
    assert [event.organisation_ids for event in events if event.name == "posting.started"] == [
        [posting.organisation_id]
    ]


async def test_complete_file_shows_renamed_moved_and_left_persons(importing: Importing, session: AsyncSession) -> None:
    office, other = await an_office(importing, session), await an_office(importing, session)
    renamed, moved, leaver, stays = numbers(4)
    staff = ((renamed, "张三"), (moved, "李四"), (leaver, "王五"), (stays, "赵六"))
    await importing.import_file("people", people(*[(number, name, office, "干部") for number, name in staff]))
    importing.clock.move(days=365)

    after = people((renamed, "张叁", office, "干部"), (moved, "李四", other, "干部"), (stays, "赵六", office, "干部"))
    url, checked = await importing.upload_and_check("people", after, is_complete=True)

    rows = {(row["line"], row["key"]): (row["outcome"], row["changes"]) for row in await importing.rows(url)}
    assert (checked["added"], checked["changed"], checked["unchanged"]) == (1, 1, 1)
    assert rows[2, renamed] == ("changed", [{"field": "name", "before": "张三", "after": "张叁"}])
    assert rows[3, moved][0] == "added"
    assert rows[None, moved] == ("ended", [{"field": "until", "before": None, "after": "2027-11-21"}])
    assert rows[None, leaver][0] == "ended"
    assert rows[4, stays] == ("unchanged", [])


async def test_postings_of_leavers_end_and_are_not_deleted(importing: Importing, session: AsyncSession) -> None:
    office, (leaver, stays) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    options = {"organisation_id": str(organisation.id), "is_complete": True}
    await importing.import_file(
        "people", people((leaver, "王五", office, "干部"), (stays, "赵六", office, "干部")), **options
    )
    importing.clock.move(days=1)

    _, result = await importing.import_file("people", people((stays, "赵六", office, "干部")), leavers=1, **options)

    (ended,), (row,) = await postings_of(session, leaver), await postings_of(session, stays)
    assert (result["ended"], result["leavers"], result["covered"]) == (1, 1, 2)
    assert ended.valid_until is not None
    assert row.valid_until is None
    assert await build.count(session, Person, staff_number=leaver) == 1


async def test_many_leavers_need_confirmed_count(importing: Importing, session: AsyncSession) -> None:
    office, (leaver, stays) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    options = {"organisation_id": str(organisation.id), "is_complete": True}
    await importing.import_file(
        "people", people((leaver, "王五", office, "干部"), (stays, "赵六", office, "干部")), **options
    )
    importing.clock.move(days=1)
    url, checked = await importing.upload_and_check("people", people((stays, "赵六", office, "干部")), **options)

    refused = await importing.confirm(url)
    confirmed = await importing.confirm(url, leavers=1)

    assert checked["must_confirm_leavers"]
    assert (refused.status_code, refused.json()["code"]) == (409, "import.leaver_count_required")
    assert confirmed.status_code == 200


async def test_partial_file_or_line_without_number_ends_no_posting(importing: Importing, session: AsyncSession) -> None:
    office, (first, second) = await an_office(importing, session), numbers(2)
    await importing.import_file("people", people((first, "王五", office, "干部")))
    importing.clock.move(days=1)
    lines = people((second, "赵六", office, "干部"), ("", "某某", office, "干部"))

    _, partial = await importing.upload_and_check("people", people((second, "赵六", office, "干部")))
    _, unclear = await importing.upload_and_check("people", lines, is_complete=True, mode="good_rows")

    assert partial["ended"] == 0
    assert (unclear["ended"], unclear["issues"][0]["code"]) == (0, "import.leavers_unknown")


async def test_administrators_and_persons_without_number_are_no_leavers(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number, other) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    auditor = await build.a_person(session, staff_number=number)
    await build.a_posting(session, auditor, organisation, Role.AUDIT_ADMINISTRATOR)
    await build.a_posting(session, await build.a_person(session), organisation, Role.CADRE)
    await session.commit()

    options = {"organisation_id": str(organisation.id), "is_complete": True}
    _, checked = await importing.upload_and_check("people", people((other, "赵六", office, "干部")), **options)

    assert (checked["ended"], checked["leavers"]) == (0, 0)


async def test_each_bad_line_has_its_issue(importing: Importing, session: AsyncSession) -> None:
    office, staff = await an_office(importing, session), numbers(9)
    secretary = await build.a_person(session, staff_number=staff[6], organisation_id=importing.county.town.id)
    await build.a_posting(session, secretary, importing.county.town, Role.AUDIT_ADMINISTRATOR)
    await build.a_person(session, staff_number=staff[7], organisation_id=importing.county.beside.id)
    await session.commit()
    lines = (
        ("", "张三", office, "干部"),
        (staff[0], "张三", "nowhere", "干部"),
        (staff[1], "张三", office, "队长"),
        (staff[2], "张三", office, "党员"),
        (staff[3], "张三", office, "联络员"),
        (staff[4], "张三", office, "系统管理员"),
        (staff[5], "张三", office, "干部", "2026.2.30"),
        (staff[5], "张三", office, "承办人", "2026-02-01", "2026-01-31"),
        (staff[6], "某同志", office, "承办人"),
        (staff[7], "某同志", office, "干部"),
        (staff[8], "张三", office, "干部"),
        (staff[8], "李四", office, "承办人"),
        ("1.23E+17", "张三", office, "干部"),
    )

    url, _ = await importing.upload_and_check("people", people(*lines), mode="good_rows")

    assert await importing.issues(url) == [
        (2, "staff_number", "import.value_missing"),
        (3, "organisation_code", "import.organisation_unknown"),
        (4, "role", "import.choice_unknown"),
        (5, "role", "posting.role_does_not_fit"),
        (6, "role", "import.delegate_not_importable"),
        (7, "role", "posting.role_not_grantable"),
        (8, "from", "import.day_unreadable"),
        (9, "until", "posting.ends_before_it_begins"),
        (10, "role", "posting.duties_exclude"),
        (11, "staff_number", "import.person_out_of_reach"),
        (12, "name", "import.names_differ"),
        (13, "name", "import.names_differ"),
        (14, "staff_number", "import.digits_lost"),
    ]


async def test_own_posting_of_requester_is_refused(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    administrator = await session.get_one(Person, importing.county.administrator.id)
    administrator.staff_number = number
    await session.commit()

    url, _ = await importing.upload_and_check("people", people((number, administrator.name, office, "干部")))

    assert await importing.issues(url) == [(2, None, "posting.own_posting")]


async def test_changed_start_of_posting_is_refused(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    await importing.import_file("people", people((number, "张三", office, "干部", "2024-03-01")))

    url, _ = await importing.upload_and_check("people", people((number, "张三", office, "干部", "2023-01-01")))

    (row,) = await importing.rows(url)
    assert (row["issues"][0]["code"], row["issues"][0]["facts"]) == (
        "import.start_differs",
        {"recorded": "2024-03-01"},
    )


async def test_personal_data_of_rows_is_erased_when_import_ends(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)

    url, _ = await importing.import_file("people", people((number, "张三", office, "干部")))

    (row,) = await importing.rows(url)
    answer = await importing.administrator.get(f"{url}/results.csv")
    assert (row["key"], row["outcome"], row["line"]) == (None, "added", 2)
    assert {change["after"] for change in row["changes"]} == {None}
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "2,新增,,姓名,,,," in answer.text
    assert "张三" not in answer.text
    assert number not in answer.text


async def test_future_end_is_a_change_and_repeated_file_is_unchanged(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    await importing.import_file("people", people((number, "张三", office, "干部")))
    ending = people((number, "张三", office, "干部", "", "2030-12-31"))

    _, first = await importing.import_file("people", ending)
    _, second = await importing.upload_and_check("people", ending)

    (posting,) = await postings_of(session, number)
    assert (first["changed"], second["unchanged"]) == (1, 1)
    assert posting.valid_until is not None
    assert posting.valid_until.isoformat() == "2030-12-31T16:00:00+00:00"
    assert posting.valid_from > START.replace(hour=0)
