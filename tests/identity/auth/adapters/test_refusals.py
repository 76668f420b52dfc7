"""Refused provider sign-ins: logged, limited by address, and never without a required second factor."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from schemas.identity.auth import CredentialUpdate
from service.foundation.events.actors import SYSTEM
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth.actions import end_credential, set_credential
from service.identity.auth.external_identities import unlink
from service.identity.auth.tables import SecondFactor
from service.identity.people.tables import Person
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.adapters.conftest import begin, subject_of
from tests.identity.auth.adapters.fake_providers import FakeIssuer, FakeWeCom


def refusals(settings: Settings) -> list[tuple[Any, dict[str, str]]]:
    """(subject, facts) of every refused sign-in in the access log, oldest first."""
    with psycopg.connect(settings.owner_database_url) as connection:
        return connection.execute(
            "SELECT subject_id, facts FROM access_log WHERE action = 'auth.sign_in_failed' ORDER BY id"
        ).fetchall()


@pytest.fixture
async def login(session: AsyncSession, person: Person, resources: Resources, clock: FakeClock) -> str:
    """A login with password for the person, besides the provider accounts."""
    credential = CredentialUpdate(login=f"login-{person.id}", password="correct horse battery")
    await set_credential(session, resources.passwords, person, credential, now=clock(), by=SYSTEM)
    await session.commit()
    return credential.login


@pytest.mark.parametrize("changed", [{"state": "another"}, {"attempt": "AAAA"}, {"code": "no such code"}])
async def test_refused_sign_in_is_written_to_access_log(
    api: Caller, settings: Settings, changed: dict[str, str]
) -> None:
    before = len(refusals(settings))

    answer = await (await begin(api, "wecom")).finish(**{"code": "x"} | changed)

    [(subject, facts)] = refusals(settings)[before:]
    assert (answer.status_code, subject) == (401, None)
    assert set(facts) == {"provider", "code", "address_hash"}
    assert (facts["provider"], facts["code"]) == ("wecom", "auth.sign_in_refused")


async def test_reused_attempt_and_unlinked_account_are_logged_without_account(
    api: Caller, wecom: FakeWeCom, settings: Settings
) -> None:
    subject, before = new_id().hex, len(refusals(settings))
    flow = await begin(api, "wecom")

    answers = [await flow.finish(wecom.issue_code(userid=subject)) for _ in range(2)]

    lines = refusals(settings)[before:]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert [person_id for person_id, _ in lines] == [None, None]
    assert subject not in str(lines)
    assert "127.0.0.1" not in str(lines)


async def test_refused_sign_in_with_ended_login_logs_the_person(
    api: Caller,
    wecom: FakeWeCom,
    person: Person,
    login: str,
    session: AsyncSession,
    clock: FakeClock,
    settings: Settings,
) -> None:
    await end_credential(session, person.id, by=SYSTEM, now=clock())
    await session.commit()

    await (await begin(api, "wecom")).finish(wecom.issue_code(userid=subject_of(person)))

    assert refusals(settings)[-1][0] == person.id


@pytest.fixture
async def authenticator(session: AsyncSession, person: Person, clock: FakeClock) -> SecondFactor:
    """An unconfirmed authenticator of the person, whose roles require none."""
    factor = SecondFactor(id=new_id(), person_id=person.id, secret=b"x" * 40, begun_at=clock(), last_step=0)
    session.add(factor)
    await session.commit()
    return factor


async def confirm(session: AsyncSession, factor: SecondFactor) -> None:
    factor.confirmed_at = factor.begun_at
    session.add(factor)
    await session.commit()


async def sign_in_with_amr(api: Caller, issuer: FakeIssuer, person: Person, *amr: str) -> httpx.Response:
    """Sign in at the provider `city`, which reports these authentication methods."""
    flow = await begin(api, "city")
    return await flow.finish(issuer.issue_code(flow.page, subject_of(person), amr=list(amr)), iss=issuer.url)


async def test_voluntary_authenticator_requires_second_factor_from_provider(
    api: Caller, issuer: FakeIssuer, person: Person, authenticator: SecondFactor, session: AsyncSession
) -> None:
    unconfirmed = await sign_in_with_amr(api, issuer, person, "pwd")
    await confirm(session, authenticator)

    refused = await sign_in_with_amr(api, issuer, person, "pwd")
    confirmed = await sign_in_with_amr(api, issuer, person, "pwd", "mfa")

    assert [answer.status_code for answer in (unconfirmed, refused, confirmed)] == [200, 401, 200]
    assert refused.json()["code"] == "auth.second_factor_not_confirmed"


async def test_missing_second_factor_from_provider_logs_the_person(
    api: Caller,
    issuer: FakeIssuer,
    person: Person,
    authenticator: SecondFactor,
    session: AsyncSession,
    settings: Settings,
) -> None:
    await confirm(session, authenticator)

    await sign_in_with_amr(api, issuer, person, "pwd")

    assert refusals(settings)[-1][0] == person.id
    assert refusals(settings)[-1][1]["code"] == "auth.second_factor_not_confirmed"


async def remove_link(session: AsyncSession, person: Person, now: datetime) -> None:
    await unlink(session, person, "wecom", now=now, by=SYSTEM)


async def end_login(session: AsyncSession, person: Person, now: datetime) -> None:
    await end_credential(session, person.id, by=SYSTEM, now=now)


@pytest.mark.parametrize("remove", [remove_link, end_login])
async def test_sign_in_parallel_to_removed_link_or_login_is_refused(
    api: Caller,
    wecom: FakeWeCom,
    person: Person,
    login: str,
    session: AsyncSession,
    clock: FakeClock,
    remove: Callable[[AsyncSession, Person, datetime], Awaitable[None]],
) -> None:
    flow, device = await begin(api, "wecom"), {"id": str(new_id()), "name": "手机"}
    await remove(session, person, clock())
    await session.flush()

    signing_in = asyncio.create_task(flow.finish(wecom.issue_code(userid=subject_of(person)), device=device))
    waited, _ = await asyncio.wait([signing_in], timeout=1)
    await session.commit()

    assert not waited
    assert (await signing_in).status_code == 401


async def test_requests_per_minute_of_one_address_are_limited(
    settings: Settings, clock: FakeClock, wecom: FakeWeCom, person: Person
) -> None:
    resources = Resources.of(settings.model_copy(update={"requests_per_minute_address": 3}), clock)
    await resources.pool.open()
    client = caller(create_app(resources), resources)

    flows = [await begin(client, "wecom") for _ in range(2)]
    answers = [await flow.finish(wecom.issue_code(userid=subject_of(person))) for flow in flows]
    begun = await client.post("/v1/auth/providers/wecom/attempts", json={"redirect_uri": "app://signed-in"})

    assert [answer.status_code for answer in (*answers, begun)] == [200, 429, 429]
    assert begun.json()["code"] == "auth.too_many_requests"
    await resources.pool.close()
    await resources.engine.dispose()
