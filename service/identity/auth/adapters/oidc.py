"""Adapter for OpenID Connect: discovery, authorization code with PKCE (S256), verified ID token."""

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
from service.identity.auth.adapters.errors import refused, unavailable
from service.identity.auth.adapters.id_tokens import IdTokenInvalid, verify_id_token
from service.identity.auth.adapters.interface import Attempt, AuthorizationResponse, ProviderIdentity
from service.identity.auth.adapters.jwks import KeySet
from service.identity.auth.adapters.provider_settings import OidcSettings, ProvidersUnusable, Url

CACHE_LIFETIME = timedelta(hours=1)
ASSERTION_LIFETIME = timedelta(seconds=60)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_SUBJECT_LENGTH = 255


class DiscoveryDocument(BaseModel):
    """The fields of the discovery document that we use."""

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    jwks_uri: Url
    authorization_response_iss_parameter_supported: bool = False


class OidcAdapter:
    """One client of one issuer."""

    def __init__(self, settings: OidcSettings, calls: Calls, clock: Clock, *, is_production: bool) -> None:
        self._settings = settings
        self._calls = calls
        self._clock = clock
        self._is_production = is_production
        self._secret = settings.secret.value() if settings.secret else None
        self._key = _private_key(settings.private_key.value()) if settings.private_key else None
        self._keys = KeySet(self._fetch_keys, clock)
        self._lock = asyncio.Lock()
        self._cached: tuple[DiscoveryDocument, datetime] | None = None

    async def page(self, attempt: Attempt) -> str:
        """The URL of the authorization endpoint with this attempt's state, nonce and challenge."""
        document = await self._discovery_document()
        challenge = urlsafe_b64encode(sha256(attempt.verifier.encode()).digest()).rstrip(b"=").decode()
        request = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{document.authorization_endpoint}?{urlencode(request)}"

    async def identify(self, attempt: Attempt, response: AuthorizationResponse) -> ProviderIdentity:
        """The account named by the ID token."""
        document = await self._discovery_document()
        is_issuer_required = document.authorization_response_iss_parameter_supported
        if response.issuer != self._settings.issuer and (is_issuer_required or response.issuer is not None):
            raise refused(attempt.provider, "iss of the authorization response (RFC 9207)")
        answer = await self._exchange_code(document, attempt, response.code)
        try:
            claims = await verify_id_token(
                str(answer.get("id_token")),
                self._keys,
                issuer=self._settings.issuer,
                client_id=self._settings.client_id,
                nonce=attempt.nonce,
                access_token=answer.get("access_token"),
                now=self._clock(),
            )
        except IdTokenInvalid as failure:
            raise refused(attempt.provider, f"ID token: {failure}") from None
        subject = claims.get(self._settings.subject_claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
            raise refused(attempt.provider, "subject")
        methods = claims.get("amr")
        has_second_factor = isinstance(methods, list) and any(
            method in methods for method in self._settings.second_factor_amr
        )
        return ProviderIdentity(attempt.provider, subject, has_second_factor)

    async def _exchange_code(self, document: DiscoveryDocument, attempt: Attempt, code: str) -> dict[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers, client_fields = self._client_authentication()
        status, answer = await self._calls.post(document.token_endpoint, {**fields, **client_fields}, headers)
        if status == 200:
            return answer
        error = str(answer.get("error"))[:50]
        if error == "invalid_grant":
            raise refused(attempt.provider, error)
        raise unavailable(attempt.provider, "token endpoint", status=status, error=error)

    def _client_authentication(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and form fields for our client: a secret, a signed assertion (RFC 7523), or its id."""
        client_id = self._settings.client_id
        if self._secret:
            pair = f"{quote_plus(client_id)}:{quote_plus(self._secret)}".encode()
            return {"authorization": f"Basic {b64encode(pair).decode()}"}, {}
        if self._key is None:
            return {}, {"client_id": client_id}
        now = self._clock()
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": self._settings.issuer,
            "jti": new_id().hex,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
        }
        algorithm = "RS256" if isinstance(self._key, rsa.RSAPrivateKey) else "ES256"
        headers = {"kid": self._settings.key_id} if self._settings.key_id else None
        assertion = jwt.encode(claims, self._key, algorithm, headers=headers)
        return {}, {
            "client_id": client_id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }

    async def _discovery_document(self) -> DiscoveryDocument:
        async with self._lock:
            if self._cached and self._clock() < self._cached[1]:
                return self._cached[0]
            url = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
            status, answer = await self._calls.get(url)
            try:
                document = DiscoveryDocument.model_validate(answer)
            except ValidationError:
                raise unavailable(self._settings.name, "discovery document", status=status) from None
            if document.issuer != self._settings.issuer:
                raise unavailable(self._settings.name, "issuer of the discovery document")
            if self._is_production and not all(
                url.startswith("https://")
                for url in (document.authorization_endpoint, document.token_endpoint, document.jwks_uri)
            ):
                raise unavailable(self._settings.name, "discovery document names an address without https")
            self._cached = document, self._clock() + CACHE_LIFETIME
            return document

    async def _fetch_keys(self) -> Sequence[Mapping[str, Any]]:
        status, answer = await self._calls.get((await self._discovery_document()).jwks_uri)
        keys = answer.get("keys")
        if status != 200 or not isinstance(keys, list):
            raise unavailable(self._settings.name, "keys", status=status)
        return [key for key in keys if isinstance(key, dict)]


def _private_key(pem: str) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """Load a PEM key. Raises: ProvidersUnusable for anything but EC P-256 and RSA."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ProvidersUnusable("private_key is not a PEM key without a passphrase") from None
    if isinstance(key, rsa.RSAPrivateKey) or (
        isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    ):
        return key
    raise ProvidersUnusable("private_key is neither EC P-256 nor RSA")
