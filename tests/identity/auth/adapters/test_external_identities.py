"""Links between persons and provider accounts: only an administrator creates and removes them."""

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller
from tests.identity.auth.adapters.conftest import begin, own_name
from tests.identity.auth.adapters.fake_providers import FakeWeCom


@pytest.fixture
async def staff(session: AsyncSession) -> list[Person]:
    """An administrator, two colleagues, and a person of another organisation."""
    organisation, elsewhere = await build.an_organisation(session), await build.an_organisation(session)
    people = [await build.a_person(session) for _ in range(4)]
    for person, home in zip(people, (organisation, organisation, organisation, elsewhere), strict=True):
        person.organisation_id = home.id
        session.add(person)
        role = "system_administrator" if person is people[0] else "cadre"
        await build.a_posting(session, person, home, role)
    await session.commit()
    return people


async def link(administrator: Caller, person: Person, subject: str, provider: str = "wecom") -> httpx.Response:
    url = f"/v1/people/{person.id}/external-identities/{provider}"
    return await administrator.put(url, json={"subject": subject})


async def test_linked_person_signs_in_until_link_is_removed(api: Caller, wecom: FakeWeCom, staff: list[Person]) -> None:
    administrator, person, *_ = staff
    subject = new_id().hex.upper()
    assert (await link(api.as_(administrator), person, subject)).status_code == 204

    device = {"id": str(new_id()), "name": "手机"}
    signed_in = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject), device=device)
    url = f"/v1/people/{person.id}/external-identities"
    listed = await api.as_(administrator).get(url)
    removed = [(await api.as_(administrator).delete(f"{url}/wecom")).status_code for _ in range(2)]
    after = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject))
    on_device = await api.post("/v1/auth/refreshes", json={"refresh_token": signed_in.json()["refresh_token"]})

    assert await own_name(api, person, signed_in) == person.name
    assert [(link["provider"], link["subject"]) for link in listed.json()["items"]] == [("wecom", subject.lower())]
    assert (removed, after.status_code, on_device.status_code) == ([204, 204], 401, 401)


async def test_account_has_one_person_and_person_one_account_per_provider(api: Caller, staff: list[Person]) -> None:
    administrator, first, second, _ = staff
    subject = new_id().hex

    answers = [await link(api.as_(administrator), person, subject) for person in (first, first, second)]
    replaced = await link(api.as_(administrator), first, new_id().hex)
    freed = await link(api.as_(administrator), second, subject)

    assert [answer.status_code for answer in answers] == [204, 204, 409]
    assert answers[2].json()["code"] == "auth.identity_taken"
    assert (replaced.status_code, freed.status_code) == (204, 204)


async def test_link_out_of_reach_or_without_permission_is_refused(api: Caller, staff: list[Person]) -> None:
    administrator, person, _, stranger = staff

    beyond = await link(api.as_(administrator), stranger, "x")
    own = await link(api.as_(person), person, "x")
    nowhere = await link(api.as_(administrator), person, "x", provider="nowhere")

    assert (beyond.status_code, own.status_code) == (404, 403)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "auth.provider_not_configured")


async def test_link_and_sign_in_are_logged_without_the_identifier(
    api: Caller, wecom: FakeWeCom, staff: list[Person], session: AsyncSession, settings: Settings
) -> None:
    administrator, person, *_ = staff
    subject = new_id().hex
    await link(api.as_(administrator), person, subject)

    await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject))

    events = sa.text("SELECT name, event::text FROM event WHERE :id = ANY (person_ids)")
    emitted = (await (await session.connection()).execute(events, {"id": person.id})).all()
    with psycopg.connect(settings.owner_database_url) as connection:
        lines = "SELECT action, facts::text FROM access_log WHERE subject_id = %s ORDER BY id"
        logged = connection.execute(lines, [person.id]).fetchall()
    assert [name for name, _ in emitted if name.startswith("external")] == ["external_identity.linked"]
    assert [action for action, _ in logged] == ["auth.identity_linked", "auth.signed_in"]
    assert subject not in str(emitted) + str(logged)
