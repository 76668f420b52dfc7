"""One opens an import and sends its file, another may say yes: each is on record with that, and nobody for oneself."""

from dataclasses import dataclass

import pytest
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.events.tables import Event
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting
from tests import build
from tests.build.county import access_log
from tests.build.imports import Importing, people
from tests.conftest import Caller


@dataclass
class Office:
    """An office below the town, with a second administrator of the town who has a staff number and is a cadre there."""

    organisation: Organisation
    code: str
    other: Person
    number: str
    right: Posting

    def file(self, number: str | None = None, role: str = "干部", name: str = "张三") -> bytes:
        return people((number or new_id().hex, name, self.code, role))


@pytest.fixture
async def office(importing: Importing, session: AsyncSession) -> Office:
    code, number, town = new_id().hex[-12:], new_id().hex, importing.county.town
    organisation = await build.an_organisation(session, under=town, code=code)
    other = await build.a_person(session, staff_number=number, organisation_id=town.id)
    right = await build.a_posting(session, other, town, Role.SYSTEM_ADMINISTRATOR)
    await build.a_posting(session, other, organisation, Role.CADRE)
    await session.commit()
    return Office(organisation, code, other, number, right)


@pytest.fixture
def other(office: Office, api: Caller) -> Caller:
    return api.as_(office.other)


async def test_only_who_opened_an_import_sends_its_file(importing: Importing, office: Office, other: Caller) -> None:
    url = await importing.opened("people")

    answer = await other.put(f"{url}/file", content=office.file(office.number, "领导"))

    assert (answer.status_code, answer.json()["code"]) == (403, "import.not_yours")
    assert (await importing.read(url))["state"] == "awaiting_file"


async def test_another_may_confirm_and_what_is_merged_is_on_record_as_done_by_that_person(
    importing: Importing, office: Office, other: Caller, session: AsyncSession, settings: Settings
) -> None:
    url, _ = await importing.checked("people", office.file())

    agreed = await importing.confirmed(url, other)
    done = await importing.apply(url)

    rows = await importing.rows(url)
    subjects = [url[-36:], *(row["subject_id"] for row in rows)]
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(subjects)))).all()
    body, yes = importing.county.administrator.id, office.other.id
    assert (agreed.status_code, done["state"], done["added"]) == (200, "applied", 1)
    assert (done["asked_by"], done["confirmed_by"]) == (str(body), str(yes))
    assert {event.name: event.actor_id for event in events} == {
        "import.uploaded": body,
        "import.checked": None,
        "import.confirmed": yes,
        "import.finished": yes,
        "posting.started": yes,
    }
    assert ("import.finished", str(yes)) in access_log(settings, url[-36:])


@pytest.mark.parametrize("role", ["领导", None], ids=["a posting begins", "a posting ends"])
async def test_nobody_confirms_what_would_happen_to_oneself(
    importing: Importing, office: Office, other: Caller, role: str | None
) -> None:
    number, name = office.number, office.other.name
    said = {"organisation_id": str(office.organisation.id), "is_complete": role is None}
    file = office.file(number, role, name) if role else office.file()
    url, shown = await importing.checked("people", file, **said)

    refused = await importing.confirmed(url, other, leavers=shown["leavers"])
    agreed = await importing.confirmed(url, leavers=shown["leavers"])

    assert (refused.status_code, refused.json()["code"]) == (403, "posting.own_posting")
    assert agreed.status_code == 200


async def test_where_who_confirmed_lost_the_right_meanwhile_nothing_is_merged(
    importing: Importing, office: Office, other: Caller, session: AsyncSession
) -> None:
    url, _ = await importing.checked("people", office.file())
    await importing.confirmed(url, other)
    office.right.valid_until = importing.clock()
    session.add(office.right)
    await session.commit()

    done = await importing.apply(url)

    assert (done["state"], done["issues"][0]["code"]) == ("refused", "import.right_ended")
