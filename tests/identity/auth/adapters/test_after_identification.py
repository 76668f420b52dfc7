"""After the provider identified the person: device, second factor, ended login, ended postings."""

from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate
from service.foundation.events.actors import SYSTEM
from service.foundation.ids import new_id
from service.identity.auth.actions import end_credential, set_credential
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock
from tests.identity.auth.adapters.conftest import begin, subject_of
from tests.identity.auth.adapters.fake_providers import FakeIssuer, FakeWeCom


async def test_provider_sign_in_with_device_returns_refresh_token(
    api: Caller, wecom: FakeWeCom, person: Person
) -> None:
    device = {"id": str(new_id()), "name": "我的手机"}

    answer = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)), device=device)
    token = answer.json()["refresh_token"]
    later = await api.post("/v1/auth/refreshes", json={"refresh_token": token})

    assert (answer.status_code, later.status_code) == (200, 200)


@pytest.mark.parametrize(
    ("change", "status"), [({}, 401), ({"amr": ["pwd"]}, 401), ({"amr": "mfa"}, 401), ({"amr": ["pwd", "mfa"]}, 200)]
)
async def test_administrator_signs_in_only_if_provider_confirms_second_factor(
    api: Caller, issuer: FakeIssuer, person: Person, session: AsyncSession, change: dict[str, Any], status: int
) -> None:
    await build.a_posting(session, person, await build.an_organisation(session), "system_administrator")
    await session.commit()
    flow = await begin(api, "city")

    answer = await flow.finish(issuer.issue_code(flow.page, subject_of(person), **change), iss=issuer.url)

    assert answer.status_code == status, answer.text


async def test_provider_sign_in_with_ended_login_is_refused(
    api: Caller, wecom: FakeWeCom, person: Person, session: AsyncSession, resources: Resources, clock: FakeClock
) -> None:
    credential = CredentialUpdate(login=f"login-{person.id}", password="correct horse battery")
    await set_credential(session, resources.passwords, person, credential, now=clock(), by=SYSTEM)
    await session.commit()
    before = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))
    await end_credential(session, person.id, by=SYSTEM, now=clock())
    await session.commit()

    after = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))

    assert (before.status_code, after.status_code) == (200, 401)


async def test_person_with_ended_postings_signs_in_without_rights(
    api: Caller, wecom: FakeWeCom, person: Person, session: AsyncSession, clock: FakeClock
) -> None:
    place = await build.a_place(session, await build.an_organisation(session))
    posting = await build.a_posting(session, person, await build.an_organisation(session), "cadre")
    posting.valid_until = clock()
    session.add(posting)
    await session.commit()

    answer = await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    visit = {"place_id": str(place.id), "checked_in_at": "2026-11-22T02:00:00Z"}
    refused = await api.put(f"/v1/visits/{new_id()}", json=visit, headers=headers)

    assert (answer.status_code, refused.status_code) == (200, 403)
