"""Verify ID tokens (OpenID Connect Core 3.1.3.7)."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256, sha512
from typing import Any

import jwt

from service.identity.auth.adapters.jwks import KEY_TYPES, KeySet

TOLERANCE = timedelta(seconds=30)
"""How far the provider's clock may differ from ours."""
MAX_AGE = timedelta(minutes=10)
"""How long ago a token that we just requested may have been issued."""


class IdTokenInvalid(Exception):
    """The token is not valid. The message names the failed check, for our log only."""


async def verify_id_token(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str | None, now: datetime
) -> dict[str, Any]:
    """Verify an ID token and return its claims.

    Raises: IdTokenInvalid; ProviderUnavailable from fetching the keys.
    """
    algorithm, claims = await _verify_signature(token, keys)
    failed_check = next(
        (
            name
            for name, is_valid in (
                ("iss", claims.get("iss") == issuer),
                ("aud", _is_for(claims, client_id)),
                ("nonce", isinstance(claims.get("nonce"), str) and hmac.compare_digest(claims["nonce"], nonce)),
                ("time", _is_current(claims, now)),
                ("at_hash", _matches_access_token(claims, algorithm, access_token)),
            )
            if not is_valid
        ),
        None,
    )
    if failed_check:
        raise IdTokenInvalid(failed_check)
    return claims


async def _verify_signature(token: str, keys: KeySet) -> tuple[str, dict[str, Any]]:
    """Algorithm and claims of a token with a valid signature. Raises: IdTokenInvalid."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in KEY_TYPES:
            raise IdTokenInvalid("alg")
        key = await keys.key(key_id, algorithm)
        if key is None:
            raise IdTokenInvalid("kid")
        # verify_id_token checks times, audience and issuer itself, with our own clock
        options: Any = {"verify_signature": True, "enforce_minimum_key_length": True}
        options |= {f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}
        return algorithm, jwt.decode(token, key, algorithms=[algorithm], options=options)
    except (jwt.InvalidTokenError, jwt.exceptions.InvalidKeyError, RecursionError):
        raise IdTokenInvalid("signature or form") from None


def _is_for(claims: dict[str, Any], client_id: str) -> bool:
    """Whether the audience is our client alone, or our client is the authorized party (`azp`)."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    is_alone = len(audiences) == 1 and "azp" not in claims
    return client_id in audiences and (is_alone or claims.get("azp") == client_id)


def _is_current(claims: dict[str, Any], now: datetime) -> bool:
    values = [claims.get("exp"), claims.get("iat"), claims.get("nbf", claims.get("iat"))]
    timestamps = [float(value) for value in values if isinstance(value, int | float) and 0 <= value < 2**40]
    if len(timestamps) < len(values):
        return False
    expires_s, issued_s, not_before_s = timestamps
    now_s, tolerance_s = now.timestamp(), TOLERANCE.total_seconds()
    is_valid_yet = max(issued_s, not_before_s) <= now_s + tolerance_s
    is_fresh = issued_s >= now_s - MAX_AGE.total_seconds() - tolerance_s
    return is_valid_yet and is_fresh and now_s < expires_s + tolerance_s


def _matches_access_token(claims: dict[str, Any], algorithm: str, access_token: str | None) -> bool:
    """Whether `at_hash`, if present, is the left half of the hash of the access token."""
    at_hash = claims.get("at_hash")
    if at_hash is None:
        return True
    digest = (sha512 if algorithm == "EdDSA" else sha256)((access_token or "").encode()).digest()
    expected = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    return isinstance(at_hash, str) and hmac.compare_digest(at_hash.encode(), expected.encode())
