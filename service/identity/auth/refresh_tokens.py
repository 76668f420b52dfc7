"""Refresh tokens: their format, and the one statement that decides what using one means.

A token contains a family id (random, new at each sign-in) and its number in the chain of the family, and is signed
with a key of ours. The database stores only the position in the chain, so a copy of the database signs nobody in. A
token with a wrong signature costs no query.

Each use of the newest token issues the next one. The previous token stays usable until the newest is used, because
the answer may have been lost. Within a minute it returns the same successor again, so that parallel or delayed
requests work. Later it returns another successor and invalidates the unused one. An older or invalidated token means
that two clients use the chain: the device is signed out.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from schemas.events import EventName
from schemas.identity.devices import RevokedBecause
from schemas.identity.organisations import Role
from service.foundation.db import AutocommitPool
from service.foundation.events.actors import ActorKind
from service.foundation.events.record import event_insert_sql
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.roles import ADMINISTRATORS
from service.identity.auth.errors import DeviceRevoked, RefreshRefused, SecondFactorNeeded
from service.identity.auth.tables import Device
from service.identity.auth.tokens import Principal

FAMILY_BYTES, NUMBER_BYTES, SIGNATURE_BYTES = 16, 4, 32


def second_factor_roles(settings: Settings) -> tuple[str, ...]:
    """Roles that require a second factor: the administrators and those of the setting.

    Raises: ValueError when the setting names an unknown role.
    """
    return tuple(
        sorted({role.value for role in ADMINISTRATORS} | {Role(word) for word in settings.second_factor_roles})
    )


@dataclass(frozen=True)
class RefreshTokens:
    """Encodes and decodes refresh tokens, and holds their lifetimes."""

    key: bytes
    idle: timedelta
    absolute: timedelta
    repeat: timedelta
    second_factor_roles: tuple[str, ...]
    """Roles whose holders stay signed in only after a second factor."""

    @classmethod
    def of(cls, settings: Settings, key: bytes) -> "RefreshTokens":
        """From the settings; `key` signs the tokens."""
        durations = (settings.device_idle_s, settings.device_absolute_s, settings.refresh_repeat_s)
        idle, absolute, repeat = (timedelta(seconds=seconds) for seconds in durations)
        return cls(key, idle, absolute, repeat, second_factor_roles(settings))

    def token(self, family_id: UUID, number: int) -> str:
        """The token with this number in the chain of the family."""
        content = family_id.bytes + number.to_bytes(NUMBER_BYTES, "big")
        return urlsafe_b64encode(content + self._sign(content)).decode().rstrip("=")

    def read(self, token: str) -> tuple[UUID, int]:
        """Family id and number of a token.

        Raises: RefreshRefused when the token is malformed or not signed by us.
        """
        try:
            decoded = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise RefreshRefused from None
        content, signature = decoded[: FAMILY_BYTES + NUMBER_BYTES], decoded[FAMILY_BYTES + NUMBER_BYTES :]
        if not hmac.compare_digest(signature, self._sign(content)):
            raise RefreshRefused
        return UUID(bytes=content[:FAMILY_BYTES]), int.from_bytes(content[FAMILY_BYTES:], "big")

    def _sign(self, content: bytes) -> bytes:
        return hmac.new(self.key, content, sha256).digest()[:SIGNATURE_BYTES]


@dataclass(frozen=True)
class SignedIn:
    """The result of a sign-in: the principal, and on a device the next refresh token and its expiry."""

    principal: Principal
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None


DEVICE_REVOKED = event_insert_sql(
    Device,
    "moved",
    EventName.DEVICE_REVOKED,
    event_id="%(event_id)s",
    occurred_at="%(now)s",
    actor_kind=ActorKind.SYSTEM,
    person_ids="ARRAY[moved.person_id]",
    payload={"reason": "moved.revoked_because"},
)
# the inserted text consists of column names of our own; every value is bound
REFRESH = f"""
WITH locked_device AS MATERIALIZED (
    SELECT * FROM device WHERE family_id = %(family_id)s FOR UPDATE
), decision AS MATERIALIZED (
    SELECT id, person_id, signed_in_at, CASE
        WHEN revoked_at IS NOT NULL THEN 'revoked'
        WHEN expires_at <= %(now)s THEN 'expired'
        WHEN %(number)s NOT IN (generation, coalesce(previous, 0)) THEN 'reused'
        WHEN NOT has_second_factor AND EXISTS (
            SELECT FROM posting WHERE posting.person_id = locked_device.person_id
                AND posting.role = ANY (%(second_factor_roles)s)
                AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
        ) THEN 'weak'
        WHEN generation = %(number)s THEN 'next'
        WHEN rotated_at >= %(now)s - %(repeat)s THEN 'again'
        ELSE 'another'
    END AS verdict
    FROM locked_device
), moved AS (
    UPDATE device SET
        previous = CASE verdict WHEN 'next' THEN generation ELSE previous END,
        generation = CASE WHEN verdict IN ('next', 'another') THEN generation + 1 ELSE generation END,
        rotated_at = CASE WHEN verdict IN ('next', 'another') THEN %(now)s ELSE rotated_at END,
        expires_at = CASE verdict WHEN 'reused' THEN expires_at
            ELSE least(%(now)s + %(idle)s, decision.signed_in_at + %(absolute)s) END,
        revoked_at = CASE verdict WHEN 'reused' THEN %(now)s END,
        revoked_because = CASE verdict WHEN 'reused' THEN '{RevokedBecause.REFRESH_REUSED}' END,
        version = CASE verdict WHEN 'reused' THEN version + 1 ELSE version END
    FROM decision WHERE device.id = decision.id AND verdict IN ('next', 'again', 'another', 'reused')
    RETURNING device.*
), events AS (
{DEVICE_REVOKED}
    FROM moved WHERE moved.revoked_at IS NOT NULL
), logged AS (
    INSERT INTO access_log (id, actor_id, action, subject_id, facts)
    SELECT %(log_id)s, NULL, 'auth.refresh_reused', moved.person_id, jsonb_build_object('device_id', moved.id)
    FROM moved WHERE moved.revoked_at IS NOT NULL
)
SELECT verdict, decision.person_id, decision.id, moved.generation, moved.expires_at
FROM decision LEFT JOIN moved USING (id)
"""  # noqa: S608 - see above


async def refresh(pool: AutocommitPool, refresh_tokens: RefreshTokens, token: str, now: datetime) -> SignedIn:
    """Exchange a refresh token for the next one.

    The statement commits by itself, also when the request is refused.
    Raises: RefreshRefused (unknown or expired), DeviceRevoked (signed out earlier, or now because of reuse),
    SecondFactorNeeded (the person has a new role that requires one).
    """
    family_id, number = refresh_tokens.read(token)
    request = {
        "family_id": family_id,
        "number": number,
        "now": now,
        "idle": refresh_tokens.idle,
        "absolute": refresh_tokens.absolute,
        "repeat": refresh_tokens.repeat,
        "second_factor_roles": list(refresh_tokens.second_factor_roles),
        "event_id": new_id(),
        "log_id": new_id(),
    }
    rows = await pool.rows(REFRESH, request)
    verdict = rows[0]["verdict"] if rows else "unknown"
    if verdict in {"reused", "revoked"}:
        raise DeviceRevoked
    if verdict == "weak":
        raise SecondFactorNeeded
    if verdict in {"unknown", "expired"}:
        raise RefreshRefused
    row = rows[0]
    principal = Principal(row["person_id"], None, row["id"])
    return SignedIn(principal, refresh_tokens.token(family_id, row["generation"]), row["expires_at"])
