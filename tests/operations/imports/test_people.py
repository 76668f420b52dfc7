"""People and postings from a file: known by staff number, added, renamed, moved; leavers' postings end and stay."""

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


async def test_a_person_with_two_postings_comes_in_from_two_lines(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    lines = ((number, "张三", office, "干部", "2024/3/1"), (number, "张三", office, "承办人"))

    _, done = await importing.applied("people", people(*lines))

    person = (await session.exec(select(Person).where(Person.staff_number == number))).one()
    held = await postings_of(session, number)
    assert (done["state"], done["added"]) == ("applied", 2)
    assert (person.name, [one.role for one in held]) == ("张三", [Role.CADRE, Role.HANDLER])
    assert held[0].valid_from.isoformat() == "2024-02-29T16:00:00+00:00"
    assert held[0].valid_until is None


async def test_a_workbook_comes_in_like_a_text(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    line = (number, "张三", office, "干部", datetime.fromisoformat("2024-03-01"), "")

    _, done = await importing.applied("people", an_xlsx(PEOPLE_HEADINGS, line))

    (held,) = await postings_of(session, number)
    assert (done["state"], done["added"], held.role) == ("applied", 1, Role.CADRE)
    assert held.valid_from.isoformat() == "2024-02-29T16:00:00+00:00"


async def test_every_change_has_its_event_as_by_hand(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)

    await importing.applied("people", people((number, "张三", office, "干部")))

    (held,) = await postings_of(session, number)
    subjects = [held.id, held.person_id]
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(subjects)))).all()
    assert {event.name for event in events} == {"person.created", "posting.started"}
    assert {event.actor_id for event in events} == {importing.county.administrator.id}
    assert [event.organisation_ids for event in events if event.name == "posting.started"] == [[held.organisation_id]]


async def test_the_yearly_file_shows_who_is_renamed_who_moved_and_who_left(
    importing: Importing, session: AsyncSession
) -> None:
    one, two = await an_office(importing, session), await an_office(importing, session)
    renamed, moved, left, stays = numbers(4)
    staff = ((renamed, "张三"), (moved, "李四"), (left, "王五"), (stays, "赵六"))
    await importing.applied("people", people(*[(number, name, one, "干部") for number, name in staff]))
    importing.clock.move(days=365)

    after = people((renamed, "张叁", one, "干部"), (moved, "李四", two, "干部"), (stays, "赵六", one, "干部"))
    url, shown = await importing.checked("people", after, is_complete=True)

    rows = {(row["line"], row["key"]): (row["outcome"], row["changes"]) for row in await importing.rows(url)}
    assert (shown["added"], shown["changed"], shown["unchanged"]) == (1, 1, 1)
    assert rows[2, renamed] == ("changed", [{"field": "name", "before": "张三", "after": "张叁"}])
    assert rows[3, moved][0] == "added"
    assert rows[None, moved] == ("ended", [{"field": "until", "before": None, "after": "2027-11-21"}])
    assert rows[None, left][0] == "ended"
    assert rows[4, stays] == ("unchanged", [])


async def test_leavers_postings_end_and_stay_on_record(importing: Importing, session: AsyncSession) -> None:
    office, (left, stays) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    said = {"organisation_id": str(organisation.id), "is_complete": True}
    await importing.applied("people", people((left, "王五", office, "干部"), (stays, "赵六", office, "干部")), **said)
    importing.clock.move(days=1)

    _, done = await importing.applied("people", people((stays, "赵六", office, "干部")), leavers=1, **said)

    (ended,), (row,) = await postings_of(session, left), await postings_of(session, stays)
    assert (done["ended"], done["leavers"], done["covered"]) == (1, 1, 2)
    assert ended.valid_until is not None
    assert row.valid_until is None
    assert await build.count(session, Person, staff_number=left) == 1


async def test_many_leavers_must_be_named(importing: Importing, session: AsyncSession) -> None:
    office, (left, stays) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    said = {"organisation_id": str(organisation.id), "is_complete": True}
    await importing.applied("people", people((left, "王五", office, "干部"), (stays, "赵六", office, "干部")), **said)
    importing.clock.move(days=1)
    url, shown = await importing.checked("people", people((stays, "赵六", office, "干部")), **said)

    refused = await importing.confirmed(url)
    agreed = await importing.confirmed(url, leavers=1)

    assert shown["must_name_leavers"]
    assert (refused.status_code, refused.json()["code"]) == (409, "import.leavers_not_named")
    assert agreed.status_code == 200


async def test_nobody_leaves_for_a_file_that_is_not_complete_or_has_a_line_without_a_number(
    importing: Importing, session: AsyncSession
) -> None:
    office, (one, two) = await an_office(importing, session), numbers(2)
    await importing.applied("people", people((one, "王五", office, "干部")))
    importing.clock.move(days=1)
    lines = people((two, "赵六", office, "干部"), ("", "某某", office, "干部"))

    _, partial = await importing.checked("people", people((two, "赵六", office, "干部")))
    _, unclear = await importing.checked("people", lines, is_complete=True, mode="good_rows")

    assert partial["ended"] == 0
    assert (unclear["ended"], unclear["issues"][0]["code"]) == (0, "import.leavers_unknown")


async def test_administrators_and_people_without_a_number_never_leave_by_a_file(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number, other) = await an_office(importing, session), numbers(2)
    organisation = (await session.exec(select(Organisation).where(Organisation.code == office))).one()
    auditor = await build.a_person(session, staff_number=number)
    await build.a_posting(session, auditor, organisation, Role.AUDIT_ADMINISTRATOR)
    await build.a_posting(session, await build.a_person(session), organisation, Role.CADRE)
    await session.commit()

    said = {"organisation_id": str(organisation.id), "is_complete": True}
    _, shown = await importing.checked("people", people((other, "赵六", office, "干部")), **said)

    assert (shown["ended"], shown["leavers"]) == (0, 0)


async def test_each_bad_line_says_what_is_wrong(importing: Importing, session: AsyncSession) -> None:
    office, some = await an_office(importing, session), numbers(9)
    secretary = await build.a_person(session, staff_number=some[6], organisation_id=importing.county.town.id)
    await build.a_posting(session, secretary, importing.county.town, Role.AUDIT_ADMINISTRATOR)
    await build.a_person(session, staff_number=some[7], organisation_id=importing.county.beside.id)
    await session.commit()
    lines = (
        ("", "张三", office, "干部"),
        (some[0], "张三", "nowhere", "干部"),
        (some[1], "张三", office, "队长"),
        (some[2], "张三", office, "党员"),
        (some[3], "张三", office, "联络员"),
        (some[4], "张三", office, "系统管理员"),
        (some[5], "张三", office, "干部", "2026.2.30"),
        (some[5], "张三", office, "承办人", "2026-02-01", "2026-01-31"),
        (some[6], "某同志", office, "承办人"),
        (some[7], "某同志", office, "干部"),
        (some[8], "张三", office, "干部"),
        (some[8], "李四", office, "承办人"),
        ("1.23E+17", "张三", office, "干部"),
    )

    url, _ = await importing.checked("people", people(*lines), mode="good_rows")

    assert await importing.issues(url) == [
        (2, "staff_number", "import.value_missing"),
        (3, "organisation_code", "import.organisation_unknown"),
        (4, "role", "import.choice_unknown"),
        (5, "role", "posting.role_does_not_fit"),
        (6, "role", "import.delegate_by_hand"),
        (7, "role", "posting.role_not_grantable"),
        (8, "from", "import.day_unreadable"),
        (9, "until", "posting.ends_before_it_begins"),
        (10, "role", "posting.duties_exclude"),
        (11, "staff_number", "import.person_elsewhere"),
        (12, "name", "import.names_differ"),
        (13, "name", "import.names_differ"),
        (14, "staff_number", "import.digits_lost"),
    ]


async def test_the_administrators_own_postings_are_not_given_by_the_own_import(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    administrator = await session.get_one(Person, importing.county.administrator.id)
    administrator.staff_number = number
    await session.commit()

    url, _ = await importing.checked("people", people((number, administrator.name, office, "干部")))

    assert await importing.issues(url) == [(2, None, "posting.own_posting")]


async def test_a_beginning_on_record_is_not_changed_by_a_file(importing: Importing, session: AsyncSession) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    await importing.applied("people", people((number, "张三", office, "干部", "2024-03-01")))

    url, _ = await importing.checked("people", people((number, "张三", office, "干部", "2023-01-01")))

    (row,) = await importing.rows(url)
    assert (row["issues"][0]["code"], row["issues"][0]["facts"]) == (
        "import.begins_otherwise",
        {"recorded": "2024-03-01"},
    )


async def test_what_was_staged_of_persons_is_gone_when_the_import_ends(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)

    url, _ = await importing.applied("people", people((number, "张三", office, "干部")))

    (row,) = await importing.rows(url)
    answer = await importing.administrator.get(f"{url}/results.csv")
    assert (row["key"], row["outcome"], row["line"]) == (None, "added", 2)
    assert {change["after"] for change in row["changes"]} == {None}
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "2,新增,,姓名,,,," in answer.text
    assert "张三" not in answer.text
    assert number not in answer.text


async def test_a_future_end_is_a_change_and_the_same_file_again_is_none(
    importing: Importing, session: AsyncSession
) -> None:
    office, (number,) = await an_office(importing, session), numbers(1)
    await importing.applied("people", people((number, "张三", office, "干部")))
    ending = people((number, "张三", office, "干部", "", "2030-12-31"))

    _, first = await importing.applied("people", ending)
    _, second = await importing.checked("people", ending)

    (held,) = await postings_of(session, number)
    assert (first["changed"], second["unchanged"]) == (1, 1)
    assert held.valid_until is not None
    assert held.valid_until.isoformat() == "2030-12-31T16:00:00+00:00"
    assert held.valid_from > START.replace(hour=0)
