"""To the provider and back: what the router and the sign-in page call.

Beginning stores nothing: the attempt (provider, address to come back to, state, nonce, PKCE verifier, end) goes to the
client encrypted, and only whoever began can finish. It is not the state itself, for which WeCom allows 128 letters and
digits. Finishing spends it in one statement before the provider is asked, so that it works once in all processes. No
connection is held while the provider is asked.
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
from service.identity.auth.adapters.configured import Configured, Oidc, WeCom, configured
from service.identity.auth.adapters.dingtalk_gov import DingTalkGovAdapter
from service.identity.auth.adapters.errors import (
    ProviderNotConfigured,
    ProviderNotFound,
    RedirectNotAllowed,
    refused,
    unavailable,
)
from service.identity.auth.adapters.interface import Adapter, Attempt, CameBack, Identified
from service.identity.auth.adapters.oidc import OidcAdapter
from service.identity.auth.adapters.wecom import WeComAdapter
from service.identity.auth.errors import SignInBusy

BOUND_TO = "sign_in.attempt"
"""What the encrypted attempt is bound to, so that nothing else we encrypted passes for one."""
AT_ONCE = 64
"""So many persons may be waiting for one provider, per process; a slow one must not gather all requests."""
CALLS_IN_A_ROW = 2
"""A sign-in makes two calls, now and then one or two more; together they take at most twice the time of one."""
SPEND = "INSERT INTO spent_sign_in (id, expires_at) VALUES (%(id)s, %(expires_at)s) ON CONFLICT DO NOTHING RETURNING id"


@dataclass
class Provider:
    """One configured provider with its adapter."""

    configured: Configured
    adapter: Adapter
    timeout_s: float
    waiting: int = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A place among those who wait for this provider, for a limited time. Raises SignInBusy, ProviderUnavailable.

        The limit holds for all calls of a sign-in together, and for waiting while another fetches what all need.
        """
        if self.waiting >= AT_ONCE:
            raise SignInBusy
        self.waiting += 1
        try:
            async with asyncio.timeout(CALLS_IN_A_ROW * self.timeout_s):
                yield
        except TimeoutError:
            raise unavailable(self.configured.name, "too slow") from None
        finally:
            self.waiting -= 1


@dataclass(frozen=True, slots=True)
class Begun:
    """What the client gets: where to go, the state to expect, and the attempt to hand back, encrypted."""

    attempt: str
    state: str
    page: str | None
    expires_at: datetime


class RoundTrips:
    """Every configured provider, and the ways there and back. Raises ProvidersUnusable when made."""

    def __init__(self, settings: Settings, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._lives = timedelta(seconds=settings.sign_in_attempt_s)
        self._providers = providers(settings, clock)

    def listed(self) -> list[Configured]:
        """The providers, in the setting's order."""
        return [provider.configured for provider in self._providers.values()]

    def named(self, name: str) -> Provider:
        """Raises ProviderNotFound."""
        if name not in self._providers:
            raise ProviderNotFound(provider=name)
        return self._providers[name]

    def normal(self, name: str, subject: str) -> str:
        """The one spelling of an identifier, for linking. Raises ProviderNotConfigured."""
        if name not in self._providers:
            raise ProviderNotConfigured(provider=name)
        return self._providers[name].configured.normal(subject)

    async def start(self, name: str, redirect_uri: str) -> Begun:
        """A new attempt. Raises ProviderNotFound, RedirectNotAllowed, ProviderUnavailable, SignInBusy."""
        provider = self.named(name)
        if redirect_uri not in provider.configured.redirect_uris:
            raise RedirectNotAllowed
        attempt = Attempt(
            id=new_id(),
            provider=name,
            redirect_uri=redirect_uri,
            # letters and digits only, for WeCom
            state=secrets.token_hex(24),
            nonce=secrets.token_urlsafe(24),
            verifier=secrets.token_urlsafe(48),
            expires_at=self._clock() + self._lives,
        )
        async with provider.turn():
            page = await provider.adapter.page(attempt)
        return Begun(self._encrypt(attempt), attempt.state, page, attempt.expires_at)

    async def finish(
        self, pool: AutocommitPool, name: str, encrypted: str, state: str, came_back: CameBack
    ) -> Identified:
        """Whom the provider names.

        Raises ProviderNotFound, SignInRefused, NotAMember, ProviderUnavailable, SignInBusy.
        """
        provider = self.named(name)
        attempt = self._decrypt(encrypted)
        if attempt is None or attempt.provider != name:
            raise refused(name, "attempt")
        if not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise refused(name, "state")
        if self._clock() >= attempt.expires_at:
            raise refused(name, "attempt expired")
        if not await pool.rows(SPEND, {"id": attempt.id, "expires_at": attempt.expires_at}):
            raise refused(name, "attempt spent before")
        async with provider.turn():
            return await provider.adapter.identify(attempt, came_back)

    def _encrypt(self, attempt: Attempt) -> str:
        plain = json.dumps({**asdict(attempt), "id": attempt.id.hex, "expires_at": attempt.expires_at.isoformat()})
        return urlsafe_b64encode(self._keys.encrypt(plain, BOUND_TO)).decode()

    def _decrypt(self, encrypted: str) -> Attempt | None:
        """The attempt, or None for what is not one of ours."""
        try:
            plain = json.loads(self._keys.decrypt(urlsafe_b64decode(encrypted), BOUND_TO))
            moment = datetime.fromisoformat(plain.pop("expires_at"))
            return Attempt(id=UUID(plain.pop("id")), expires_at=moment, **plain)
        except (KeysUnusable, ValueError, IndexError, KeyError, TypeError):
            return None


def providers(settings: Settings, clock: Clock) -> dict[str, Provider]:
    """The configured providers by name, their secrets read. Raises ProvidersUnusable."""
    found = configured(settings.sign_in_providers, is_production=settings.environment == "production")
    return {one.name: Provider(one, _adapter(one, settings, clock), settings.sign_in_timeout_s) for one in found}


def _adapter(one: Configured, settings: Settings, clock: Clock) -> Adapter:
    calls = Calls(one.name, timeout_s=settings.sign_in_timeout_s, allowed=settings.sign_in_allowed_subnets)
    if isinstance(one, Oidc):
        return OidcAdapter(one, calls, clock, is_production=settings.environment == "production")
    return WeComAdapter(one, calls, clock) if isinstance(one, WeCom) else DingTalkGovAdapter(one, calls, clock)
