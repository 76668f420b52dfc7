"""OpenID Connect: authorization code with PKCE (S256), discovery, and an ID token that is verified here."""

import asyncio
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import BaseModel, ValidationError

from service.foundation.clock import Clock
from service.foundation.ids import new_id
from service.identity.auth.adapters.calls import Calls
from service.identity.auth.adapters.configured import Oidc, ProvidersUnusable, Url
from service.identity.auth.adapters.errors import refused, unavailable
from service.identity.auth.adapters.id_tokens import NotBelieved, believed
from service.identity.auth.adapters.interface import Attempt, CameBack, Identified
from service.identity.auth.adapters.jwks import KeySet

KEPT = timedelta(hours=1)
ASSERTION_LIVES = timedelta(seconds=60)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_SUBJECT = 255


class Discovered(BaseModel):
    """What we use of the discovery document."""

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    authorization_response_iss_parameter_supported: bool = False


class OidcAdapter:
    """One client of one issuer."""

    def __init__(self, configured: Oidc, calls: Calls, clock: Clock, *, is_production: bool) -> None:
        self._configured = configured
        self._calls = calls
        self._clock = clock
        self._is_production = is_production
        self._secret = configured.secret.value() if configured.secret else None
        self._key = _private_key(configured.private_key.value()) if configured.private_key else None
        self._keys = KeySet(self._fetch_keys, clock)
        self._turn = asyncio.Lock()
        self._kept: tuple[Discovered, datetime] | None = None

    async def page(self, attempt: Attempt) -> str:
        """The authorization endpoint with this attempt's state, nonce and challenge."""
        discovered = await self._discovered()
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        request = {
            "response_type": "code",
            "client_id": self._configured.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(self._configured.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{discovered.authorization_endpoint}?{urlencode(request)}"

    async def identify(self, attempt: Attempt, came_back: CameBack) -> Identified:
        """Whom the ID token names."""
        discovered = await self._discovered()
        is_issuer_due = discovered.authorization_response_iss_parameter_supported
        if came_back.issuer != self._configured.issuer and (is_issuer_due or came_back.issuer is not None):
            raise refused(attempt.provider, "iss of the answer (RFC 9207)")
        given = await self._exchanged(discovered, attempt, came_back.code)
        try:
            claims = await believed(
                str(given.get("id_token")),
                self._keys,
                issuer=self._configured.issuer,
                client_id=self._configured.client_id,
                nonce=attempt.nonce,
                access_token=given.get("access_token"),
                now=self._clock(),
            )
        except NotBelieved as failure:
            raise refused(attempt.provider, f"ID token: {failure}") from None
        subject = claims.get(self._configured.subject_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise refused(attempt.provider, "subject")
        methods = claims.get("amr")
        is_strong = isinstance(methods, list) and any(one in methods for one in self._configured.second_factor_amr)
        return Identified(attempt.provider, subject, is_strong)

    async def _exchanged(self, discovered: Discovered, attempt: Attempt, code: str) -> dict[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers, own = self._vouched()
        status, given = await self._calls.post(discovered.token_endpoint, {**fields, **own}, headers)
        if status == 200:
            return given
        error = str(given.get("error"))[:50]
        if error == "invalid_grant":
            raise refused(attempt.provider, error)
        raise unavailable(attempt.provider, "token endpoint", status=status, error=error)

    def _vouched(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields by which the server knows us: a secret, a signed assertion (RFC 7523), or the bare id."""
        client_id = self._configured.client_id
        if self._secret:
            pair = f"{quote_plus(client_id)}:{quote_plus(self._secret)}".encode()
            return {"authorization": f"Basic {b64encode(pair).decode()}"}, {}
        if self._key is None:
            return {}, {"client_id": client_id}
        now = self._clock()
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self._configured.issuer,
            "jti": new_id().hex,
            "iat": now,
            "exp": now + ASSERTION_LIVES,
        }
        algorithm = "RS256" if isinstance(self._key, rsa.RSAPrivateKey) else "ES256"
        named = {"kid": self._configured.key_id} if self._configured.key_id else None
        assertion = jwt.encode(claims, self._key, algorithm, headers=named)
        return {}, {
            "client_id": client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }

    async def _discovered(self) -> Discovered:
        async with self._turn:
            if self._kept and self._clock() < self._kept[1]:
                return self._kept[0]
            where = f"{self._configured.issuer.rstrip('/')}/.well-known/openid-configuration"
            status, said = await self._calls.get(where)
            try:
                found = Discovered.model_validate(said)
            except ValidationError:
                raise unavailable(self._configured.name, "discovery document", status=status) from None
            if found.issuer != self._configured.issuer:
                raise unavailable(self._configured.name, "issuer of the discovery document")
            if self._is_production and not all(
                url.startswith("https://")
                for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
            ):
                raise unavailable(self._configured.name, "discovery document names an address without https")
            self._kept = found, self._clock() + KEPT
            return found

    async def _fetch_keys(self) -> Sequence[Mapping[str, Any]]:
        status, said = await self._calls.get((await self._discovered()).jwks_uri)
        keys = said.get("keys")
        if status != 200 or not isinstance(keys, list):
            raise unavailable(self._configured.name, "keys", status=status)
        return [key for key in keys if isinstance(key, dict)]


def _private_key(pem: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """Raises ProvidersUnusable for anything but EC P-256 and RSA."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ProvidersUnusable("private_key is not a PEM key without a passphrase") from None
    if isinstance(key, rsa.RSAPrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    raise ProvidersUnusable("private_key is neither EC P-256 nor RSA")
