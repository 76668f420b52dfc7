"""Access tokens: signed with ES256, verified without the database, remembered for a minute once verified.

A token carries who and until when, nothing about rights: postings are checked in the database (DESIGN §5.3).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from service.auth.errors import TokenExpired, TokenInvalid
from service.core.ids import new_id

ISSUER = AUDIENCE = "grassroots"
ALGORITHM = "ES256"
REMEMBERED = 4096
REMEMBERED_FOR = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a token speaks for: a person, or a service client of an organisation."""

    id: UUID
    organisation_id: UUID | None
    device_id: UUID | None = None
    """The person's device, if the sign-in named one."""


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """The name of a public key: the beginning of the hash of its DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return sha256(der).hexdigest()[:16]


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """The public key as RFC 7517 writes it."""
    plain: dict[str, str] = ECAlgorithm.to_jwk(key, as_dict=True)
    return {**plain, "kid": key_id(key), "use": "sig", "alg": ALGORITHM}


class Tokens:
    """Issues and verifies access tokens under one key."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, lifetime_s: int) -> None:
        self._key = key
        self._public = key.public_key()
        self._kid = key_id(self._public)
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
        return jwt.encode(claims, self._key, ALGORITHM, headers={"kid": self._kid})

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
            claims = jwt.decode(
                token,
                self._public,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "jti"], "verify_exp": False, "verify_iat": False},
            )
            expires_at = datetime.fromtimestamp(claims["exp"], tz=now.tzinfo)
            issued_at = datetime.fromtimestamp(claims["iat"], tz=now.tzinfo)
            organisation_id, device_id = (UUID(claims[name]) if name in claims else None for name in ("org", "dev"))
            principal = Principal(UUID(claims["sub"]), organisation_id, device_id)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError, OSError):
            raise TokenInvalid from None
        if issued_at > now + REMEMBERED_FOR:
            raise TokenInvalid
        if expires_at <= now:
            raise TokenExpired
        return principal, expires_at

    def jwks(self) -> list[dict[str, str]]:
        """The public key that verifies our tokens."""
        return [jwk(self._public)]
