"""Fixtures: four fake providers on loopback, a person linked at each, and sign-ins through our API."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.events.actors import SYSTEM
from service.foundation.settings import Settings
from service.identity.auth.external_identities import link
from service.identity.people.tables import Person
from tests import build
from tests.conftest import Caller, FakeClock
from tests.identity.auth.adapters.fake_providers import FakeDingTalkGov, FakeIssuer, FakeWeCom, on_loopback

BACK = "app://signed-in"


@pytest.fixture(scope="module")
async def wecom() -> AsyncIterator[FakeWeCom]:
    fake = FakeWeCom()
    async with on_loopback(fake):
        yield fake


@pytest.fixture(scope="module")
async def dingtalk() -> AsyncIterator[FakeDingTalkGov]:
    fake = FakeDingTalkGov()
    async with on_loopback(fake):
        yield fake


@pytest.fixture(scope="module")
async def issuer(clock: FakeClock) -> AsyncIterator[FakeIssuer]:
    fake = FakeIssuer(clock=clock)
    async with on_loopback(fake):
        yield fake


@pytest.fixture(autouse=True)
def well_behaved(wecom: FakeWeCom, dingtalk: FakeDingTalkGov, issuer: FakeIssuer) -> None:
    wecom.misbehave = dingtalk.misbehave = issuer.misbehave = None
    issuer.forge = None


@pytest.fixture(scope="module")
def settings(
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    wecom: FakeWeCom,
    dingtalk: FakeDingTalkGov,
    issuer: FakeIssuer,
) -> Settings:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "wecom").write_text(wecom.secret + "\n")
    (folder / "dingtalk").write_text(dingtalk.secret)
    common = {"title_zh": "统一登录", "title_en": "single sign-on", "redirect_uris": [BACK]}
    gov = {
        "kind": "dingtalk_gov",
        "base_url": dingtalk.url,
        "app_key": dingtalk.key,
        "secret": {"file": str(folder / "dingtalk")},
        "tenant_id": "12371",
    }
    providers: list[dict[str, Any]] = [
        {
            "kind": "wecom",
            "name": "wecom",
            "base_url": wecom.url,
            "corp_id": "ww1",
            "agent_id": "7",
            "secret": {"file": str(folder / "wecom")},
        },
        {**gov, "name": "dingtalk"},
        {**gov, "name": "scan", "way": "scan", "login_url": f"{dingtalk.url}/oauth2/auth.htm", "client_id": "dingoa"},
        {
            "kind": "oidc",
            "name": "city",
            "issuer": issuer.url,
            "client_id": "grassroots-app",
            "second_factor_amr": ["mfa"],
        },
    ]
    return settings.model_copy(
        update={
            "sign_in_allowed_subnets": (ip_network("127.0.0.0/8"),),
            "sign_in_timeout_s": 2.0,
            "second_factor_roles": ("system_administrator",),
            "sign_in_providers": [{**common, **provider} for provider in providers],
        }
    )


@pytest.fixture
async def person(session: AsyncSession, clock: FakeClock) -> Person:
    """A person linked at every provider with the identifier `subject_of(person)`."""
    person = await build.a_person(session)
    for provider in ("wecom", "dingtalk", "scan", "city"):
        await link(session, person, provider, subject_of(person), now=clock(), by=SYSTEM)
    await session.commit()
    return person


def subject_of(person: Person) -> str:
    return f"ge-{person.id.hex}"


@dataclass
class SignInFlow:
    """One attempt, started through the API."""

    api: Caller
    provider: str
    attempt: dict[str, Any]

    @property
    def page(self) -> str:
        return str(self.attempt["page"])

    async def finish(self, code: str, provider: str | None = None, **changed: Any) -> httpx.Response:
        body = {"attempt": self.attempt["attempt"], "state": self.attempt["state"], "code": code} | changed
        return await self.api.post(f"/v1/auth/providers/{provider or self.provider}/tokens", json=body)


async def begin(api: Caller, provider: str) -> SignInFlow:
    answer = await api.post(f"/v1/auth/providers/{provider}/attempts", json={"redirect_uri": BACK})
    assert answer.status_code == 201, answer.text
    return SignInFlow(api, provider, answer.json())


async def own_name(api: Caller, person: Person, answer: httpx.Response) -> str:
    """The name that the person reads from the API with the token of the answer."""
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    own = await api.get(f"/v1/people/{person.id}", headers=headers)
    return str(own.json()["name"])
