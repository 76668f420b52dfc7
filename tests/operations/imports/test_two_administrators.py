"""Two administrators: one uploads the file, the other may confirm it, but not changes of their own."""

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
    """An office below the town; a second administrator of the town is a cadre in it."""

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


async def test_upload_by_other_person_than_requester_is_refused(
    importing: Importing, office: Office, other: Caller
) -> None:
    url = await importing.open_import("people")

    answer = await other.put(f"{url}/file", content=office.file(office.number, "领导"))

    assert (answer.status_code, answer.json()["code"]) == (403, "import.not_yours")
    assert (await importing.read(url))["state"] == "awaiting_file"


async def test_merge_is_recorded_as_done_by_person_who_confirmed(
    importing: Importing, office: Office, other: Caller, session: AsyncSession, settings: Settings
) -> None:
    url, _ = await importing.upload_and_check("people", office.file())

    confirmed = await importing.confirm(url, other)
    result = await importing.apply(url)

    rows = await importing.rows(url)
    subjects = [url[-36:], *(row["subject_id"] for row in rows)]
    events = (await session.exec(select(Event).where(col(Event.subject_id).in_(subjects)))).all()
    requester_id, confirmer_id = importing.county.administrator.id, office.other.id
    assert (confirmed.status_code, result["state"], result["added"]) == (200, "applied", 1)
    assert (result["requested_by"], result["confirmed_by"]) == (str(requester_id), str(confirmer_id))
    assert {event.name: event.actor_id for event in events} == {
        "import.uploaded": requester_id,
        "import.checked": None,
        "import.confirmed": confirmer_id,
        "import.finished": confirmer_id,
        "posting.started": confirmer_id,
    }
    assert ("import.finished", str(confirmer_id)) in access_log(settings, url[-36:])


@pytest.mark.parametrize("role", ["领导", None], ids=["posting starts", "posting ends"])
async def test_confirming_own_posting_change_is_refused(
    importing: Importing, office: Office, other: Caller, role: str | None
) -> None:
    number, name = office.number, office.other.name
    options = {"organisation_id": str(office.organisation.id), "is_complete": role is None}
    file = office.file(number, role, name) if role else office.file()
    url, checked = await importing.upload_and_check("people", file, **options)

    refused = await importing.confirm(url, other, leavers=checked["leavers"])
    confirmed = await importing.confirm(url, leavers=checked["leavers"])

    assert (refused.status_code, refused.json()["code"]) == (403, "posting.own_posting")
    assert confirmed.status_code == 200


async def test_confirmer_who_lost_the_right_merges_nothing(
    importing: Importing, office: Office, other: Caller, session: AsyncSession
) -> None:
    url, _ = await importing.upload_and_check("people", office.file())
    await importing.confirm(url, other)
    office.right.valid_until = importing.clock()
    session.add(office.right)
    await session.commit()

    result = await importing.apply(url)

    assert (result["state"], result["issues"][0]["code"]) == ("refused", "import.right_ended")
