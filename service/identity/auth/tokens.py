"""Access tokens: signed with ES256, verified without the database, remembered for a minute once verified.

A token carries who and until when, nothing about rights: postings are checked in the database (DESIGN §5.3).
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
REMEMBERED = 4096
REMEMBERED_FOR = timedelta(seconds=60)
CLOCKS_DIFFER = timedelta(seconds=60)
"""How far the timers of two of our machines may be apart."""
OPTIONS: Options = {
    "require": ["exp", "iat", "sub", "jti", "iss", "aud"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token speaks for: a person, or a service client of an organisation."""

    id: UUID
    organisation_id: UUID | None
    device_id: UUID | None = None
    """The person's device, if the sign-in named one."""


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as RFC 7517 writes it."""
    plain: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**plain, "kid": key_id(key), "use": "sig", "alg": ALGORITHM}


class Tokens:
    """Issues access tokens under the newest key and verifies them under every live one."""

    def __init__(self, keys: TokenKeys, lifetime_s: int) -> None:
        self._keys = keys
        self._lifetime = timedelta(seconds=lifetime_s)
        self._verified: dict[str, tuple[Principal, datetime]] = {}

    def issue(self, principal: Principal, now: datetime) -> str:
        """A token that speaks for the principal from now on."""
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
        """Who the token speaks for. Raises TokenExpired or TokenInvalid."""
        known = self._verified.get(token)
        if known and now < known[1]:
            return known[0]
        principal, expires_at = self._read(token, now)
        if len(self._verified) >= REMEMBERED:
            self._verified.clear()
        self._verified[token] = (principal, min(expires_at, now + REMEMBERED_FOR))
        return principal

    def _read(self, token: str, now: datetime) -> tuple[Principal, datetime]:
        try:
            claims = self._claims(token, now)
            moments = (claims["exp"], claims["iat"], claims.get("nbf", claims["iat"]))
            expires_at, issued_at, begins_at = (datetime.fromtimestamp(one, tz=now.tzinfo) for one in moments)
            organisation_id, device_id = (UUID(claims[name]) if name in claims else None for name in ("org", "dev"))
            principal = Principal(UUID(claims["sub"]), organisation_id, device_id)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise TokenInvalid from None
        if max(issued_at, begins_at) > now + CLOCKS_DIFFER:
            raise TokenInvalid
        if expires_at <= now:
            raise TokenExpired
        return principal, expires_at

    def _claims(self, token: str, now: datetime) -> dict[str, Any]:
        """The claims, once a live key of ours has signed them. The moments are judged by the caller's clock."""
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
