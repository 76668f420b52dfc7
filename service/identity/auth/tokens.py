"""Access tokens: signed with ES256, verified without the database, cached for a minute.

A token contains the principal and the expiry, and no rights: postings are checked in the database (DESIGN §5.3).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from jwt.types import Options

from service.foundation.ids import new_id
from service.foundation.token_keys import TokenKeys, key_id
from service.identity.auth.errors import TokenExpired, TokenInvalid

ISSUER = AUDIENCE = "grassroots"
ALGORITHM = "ES256"
CACHE_SIZE = 4096
CACHE_LIFETIME = timedelta(seconds=60)
CLOCK_SKEW = timedelta(seconds=60)
"""How far the clocks of two of our servers may differ."""
OPTIONS: Options = {
    "require": ["exp", "iat", "sub", "jti", "iss", "aud"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """The subject of a token: a person, or a service client of an organisation."""

    id: UUID
    organisation_id: UUID | None
    device_id: UUID | None = None
    """The person's device, if the sign-in named one."""


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as a JSON Web Key (RFC 7517)."""
    fields: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**fields, "kid": key_id(key), "use": "sig", "alg": ALGORITHM}


class Tokens:
    """Issues access tokens with the newest key and verifies them with every active key."""

    def __init__(self, keys: TokenKeys, lifetime_s: int) -> None:
        self._keys = keys
        self._lifetime = timedelta(seconds=lifetime_s)
        self._verified: dict[str, tuple[Principal, datetime]] = {}

    def issue(self, principal: Principal, now: datetime) -> str:
        """A new access token for the principal."""
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(principal.id),
            "jti": new_id().hex,
            "iat": now,
            "exp": now + self._lifetime,
        }
        if principal.organisation_id:
            claims["org"] = str(principal.organisation_id)
        if principal.device_id:
            claims["dev"] = str(principal.device_id)
        kid, key = self._keys.signing(now)
        return jwt.encode(claims, key, ALGORITHM, headers={"kid": kid})

    def verify(self, token: str, now: datetime) -> Principal:
        """The principal of a valid token. Raises: TokenExpired, TokenInvalid."""
        cached = self._verified.get(token)
        if cached and now < cached[1]:
            return cached[0]
        principal, expires_at = self._read(token, now)
        if len(self._verified) >= CACHE_SIZE:
            self._verified.clear()
        self._verified[token] = (principal, min(expires_at, now + CACHE_LIFETIME))
        return principal

    def _read(self, token: str, now: datetime) -> tuple[Principal, datetime]:
        try:
            claims = self._claims(token, now)
            seconds = (claims["exp"], claims["iat"], claims.get("nbf", claims["iat"]))
            expires_at, issued_at, begins_at = (datetime.fromtimestamp(value, tz=now.tzinfo) for value in seconds)
            organisation_id, device_id = (UUID(claims[name]) if name in claims else None for name in ("org", "dev"))
            principal = Principal(UUID(claims["sub"]), organisation_id, device_id)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise TokenInvalid from None
        if max(issued_at, begins_at) > now + CLOCK_SKEW:
            raise TokenInvalid
        if expires_at <= now:
            raise TokenExpired
        return principal, expires_at

    def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        """The claims of a token that one of our active keys signed. The caller checks the times."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = self._keys.verifying(kid, self._lifetime, now) if isinstance(kid, str) else None
        if key is None:
            raise TokenInvalid
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=OPTIONS
        )
        return claims

    def jwks(self, now: datetime) -> list[dict[str, str]]:
        """The public keys that verify our tokens."""
        return [jwk(key) for key in self._keys.published(self._lifetime, now)]
