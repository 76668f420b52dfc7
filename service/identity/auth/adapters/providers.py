"""Start and finish sign-ins at the configured providers; the router and the sign-in page call this.

Starting stores nothing: the client receives the attempt (provider, return address, state, nonce, PKCE verifier,
expiry) encrypted, so that only this client can finish it. The attempt is too long for `state`, which WeCom limits to
128 letters and digits. Finishing marks the attempt as used in one statement before it calls the provider, so that it
works once across all processes. No database connection is held during calls to the provider.
"""

import asyncio
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from service.foundation.clock import Clock
from service.foundation.crypto import Keys, KeysUnusable
from service.foundation.db import AutocommitPool
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth.adapters.calls import Calls
from service.identity.auth.adapters.dingtalk_gov import DingTalkGovAdapter
from service.identity.auth.adapters.errors import (
    ProviderNotConfigured,
    ProviderNotFound,
    RedirectNotAllowed,
    refused,
    unavailable,
)
from service.identity.auth.adapters.interface import Adapter, Attempt, AuthorizationResponse, ProviderIdentity
from service.identity.auth.adapters.oidc import OidcAdapter
from service.identity.auth.adapters.provider_settings import (
    OidcSettings,
    ProviderSettings,
    WeComSettings,
    parse_provider_settings,
)
from service.identity.auth.adapters.wecom import WeComAdapter
from service.identity.auth.errors import SignInBusy

ENCRYPTION_CONTEXT = "sign_in.attempt"
"""The context of the encryption, so that no other encrypted value of ours is accepted as an attempt."""
MAX_WAITING = 64
"""Requests that may wait for one provider in each process, so that a slow provider does not block all requests."""
CALLS_PER_SIGN_IN = 2
"""A sign-in usually makes two calls, sometimes up to four; together they may take twice the timeout of one call."""
USE_ATTEMPT = (
    "INSERT INTO spent_sign_in (id, expires_at) VALUES (%(id)s, %(expires_at)s) ON CONFLICT DO NOTHING RETURNING id"
)


@dataclass
class Provider:
    """One configured provider with its adapter."""

    settings: ProviderSettings
    adapter: Adapter
    timeout_s: float
    waiting: int = 0

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the slots for calls to this provider, for a limited time.

        The time limit covers all calls of a sign-in, and waiting for a token or key that another request fetches.
        Raises: SignInBusy, ProviderUnavailable.
        """
        if self.waiting >= MAX_WAITING:
            raise SignInBusy
        self.waiting += 1
        try:
            async with asyncio.timeout(CALLS_PER_SIGN_IN * self.timeout_s):
                yield
        except TimeoutError:
            raise unavailable(self.settings.name, "too slow") from None
        finally:
            self.waiting -= 1


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """The answer to the client: page to open, state to expect, encrypted attempt to send back."""

    attempt: str
    state: str
    page: str | None
    expires_at: datetime


class Providers:
    """Every configured provider. The constructor raises ProvidersUnusable."""

    def __init__(self, settings: Settings, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._attempt_lifetime = timedelta(seconds=settings.sign_in_attempt_s)
        self._providers = build_providers(settings, clock)

    def all_settings(self) -> list[ProviderSettings]:
        """The settings of all providers, in the order of the setting."""
        return [provider.settings for provider in self._providers.values()]

    def get(self, name: str) -> Provider:
        """The provider with this name. Raises: ProviderNotFound."""
        if name not in self._providers:
            raise ProviderNotFound(provider=name)
        return self._providers[name]

    def normalize_subject(self, name: str, subject: str) -> str:
        """The canonical spelling of an identifier, for linking. Raises: ProviderNotConfigured."""
        if name not in self._providers:
            raise ProviderNotConfigured(provider=name)
        return self._providers[name].settings.normalize_subject(subject)

    async def start(self, name: str, redirect_uri: str) -> NewAttempt:
        """Start a new attempt. Raises: ProviderNotFound, RedirectNotAllowed, ProviderUnavailable, SignInBusy."""
        provider = self.get(name)
        if redirect_uri not in provider.settings.redirect_uris:
            raise RedirectNotAllowed
        attempt = Attempt(
            id=new_id(),
            provider=name,
            redirect_uri=redirect_uri,
            # letters and digits only, for WeCom
            state=secrets.token_hex(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            expires_at=self._clock() + self._attempt_lifetime,
        )
        async with provider.slot():
            page = await provider.adapter.page(attempt)
        return NewAttempt(self._encrypt(attempt), attempt.state, page, attempt.expires_at)

    async def finish(
        self, pool: AutocommitPool, name: str, encrypted: str, state: str, response: AuthorizationResponse
    ) -> ProviderIdentity:
        """Finish an attempt and return the account that the provider identified.

        Raises: ProviderNotFound, SignInRefused, NotAMember, ProviderUnavailable, SignInBusy.
        """
        provider = self.get(name)
        attempt = self._decrypt(encrypted)
        if attempt is None or attempt.provider != name:
            raise refused(name, "attempt")
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise refused(name, "state")
        if self._clock() >= attempt.expires_at:
            raise refused(name, "attempt expired")
        if not await pool.rows(USE_ATTEMPT, {"id": attempt.id, "expires_at": attempt.expires_at}):
            raise refused(name, "attempt already used")
        async with provider.slot():
            return await provider.adapter.identify(attempt, response)

    def _encrypt(self, attempt: Attempt) -> str:
        text = json.dumps({**asdict(attempt), "id": attempt.id.hex, "expires_at": attempt.expires_at.isoformat()})
        return urlsafe_b64encode(self._keys.encrypt(text, ENCRYPTION_CONTEXT)).decode()

    def _decrypt(self, encrypted: str) -> Attempt | None:
        """The attempt; None when we did not encrypt it."""
        try:
            fields = json.loads(self._keys.decrypt(urlsafe_b64decode(encrypted), ENCRYPTION_CONTEXT))
            expires_at = datetime.fromisoformat(fields.pop("expires_at"))
            return Attempt(id=UUID(fields.pop("id")), expires_at=expires_at, **fields)
        except (KeysUnusable, ValueError, IndexError, KeyError, TypeError):
            return None


def build_providers(settings: Settings, clock: Clock) -> dict[str, Provider]:
    """Build the configured providers, by name, and read their secrets. Raises: ProvidersUnusable."""
    configured = parse_provider_settings(settings.sign_in_providers, is_production=settings.environment == "production")
    return {
        provider.name: Provider(provider, _adapter(provider, settings, clock), settings.sign_in_timeout_s)
        for provider in configured
    }


def _adapter(provider: ProviderSettings, settings: Settings, clock: Clock) -> Adapter:
    calls = Calls(provider.name, timeout_s=settings.sign_in_timeout_s, allowed=settings.sign_in_allowed_subnets)
    if isinstance(provider, OidcSettings):
        return OidcAdapter(provider, calls, clock, is_production=settings.environment == "production")
    if isinstance(provider, WeComSettings):
        return WeComAdapter(provider, calls, clock)
    return DingTalkGovAdapter(provider, calls, clock)
