"""What an ID token must be to be believed (OpenID Connect Core 3.1.3.7)."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256, sha512
from typing import Any

import jwt

from service.identity.auth.adapters.jwks import KEY_TYPES, KeySet

TOLERANCE = timedelta(seconds=30)
"""How far the provider's clock may be from ours."""
OLDEST = timedelta(minutes=10)
"""A token we just asked for was not made longer ago than this."""


class NotBelieved(Exception):
    """The token is not what it should be; the message says why, for our log only."""


async def believed(
    token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str | None, now: datetime
) -> dict[str, Any]:
    """The claims. Raises NotBelieved, and what fetching the keys raises."""
    algorithm, claims = await _signed(token, keys)
    flaw = next(
        (
            flaw
            for flaw, holds in (
                ("iss", claims.get("iss") == issuer),
                ("aud", _is_for(claims, client_id)),
                ("nonce", isinstance(claims.get("nonce"), str) and hmac.compare_digest(claims["nonce"], nonce)),
                ("time", _is_of_now(claims, now)),
                ("at_hash", _fits_access_token(claims, algorithm, access_token)),
            )
            if not holds
        ),
        None,
    )
    if flaw:
        raise NotBelieved(flaw)
    return claims


async def _signed(token: str, keys: KeySet) -> tuple[str, dict[str, Any]]:
    """Algorithm and claims of a token with a good signature."""
    try:
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in KEY_TYPES:
            raise NotBelieved("alg")
        key = await keys.key(key_id, algorithm)
        if key is None:
            raise NotBelieved("kid")
        # moments, audience and issuer are judged here, by our own clock
        options: Any = {"verify_signature": True, "enforce_minimum_key_length": True}
        unjudged = dict.fromkeys(("exp", "iat", "nbf", "aud", "iss", "sub", "jti"), False)
        options |= {f"verify_{name}": judged for name, judged in unjudged.items()}
        return algorithm, jwt.decode(token, key, algorithms=[algorithm], options=options)
    except (jwt.InvalidTokenError, jwt.exceptions.InvalidKeyError, RecursionError):
        raise NotBelieved("signature or form") from None


def _is_for(claims: dict[str, Any], client_id: str) -> bool:
    """Whether it was made for us, and for nobody else unless we are the one who asked (`azp`)."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    is_alone = len(audiences) == 1 and "azp" not in claims
    return client_id in audiences and (is_alone or claims.get("azp") == client_id)


def _is_of_now(claims: dict[str, Any], now: datetime) -> bool:
    said = [claims.get("exp"), claims.get("iat"), claims.get("nbf", claims.get("iat"))]
    moments = [float(moment) for moment in said if isinstance(moment, int | float) and 0 <= moment < 2**40]
    if len(moments) < len(said):
        return False
    expires_s, issued_s, not_before_s = moments
    now_s, tolerance_s = now.timestamp(), TOLERANCE.total_seconds()
    is_begun = max(issued_s, not_before_s) <= now_s + tolerance_s
    is_fresh = issued_s >= now_s - OLDEST.total_seconds() - tolerance_s
    return is_begun and is_fresh and now_s < expires_s + tolerance_s


def _fits_access_token(claims: dict[str, Any], algorithm: str, access_token: str | None) -> bool:
    """Whether `at_hash`, where there is one, is the left half of the hash of the access token that came along."""
    said = claims.get("at_hash")
    if said is None:
        return True
    digest = (sha512 if algorithm == "EdDSA" else sha256)((access_token or "").encode()).digest()
    expected = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    return isinstance(said, str) and hmac.compare_digest(said.encode(), expected.encode())
