"""Refresh tokens: what one looks like, and the one statement that decides what using it means.

A token says its family (made at sign-in, random) and its number in the family's chain, and is signed under a key of
ours. The database holds only how far the chain has come, so a copy of it signs nobody in, and a token that was never
ours costs no look-up.

Each use of the newest token makes the next one. The one before stays usable as long as the newest was never used,
because its answer may have been lost: within a minute it gives the same successor again, so that
two at once, or a request that a gateway held back, end well; later it gives another successor and voids the unused one.
Everything older or voided has been used by two: the device is signed out.
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
from service.foundation.db import Hot
from service.foundation.events.digest import digest_sql
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.roles import ADMINISTRATORS
from service.identity.auth.errors import DeviceRevoked, RefreshRefused, SecondFactorNeeded
from service.identity.auth.tables import Device
from service.identity.auth.tokens import Principal

FAMILY_BYTES, NUMBER_BYTES, SIGN_BYTES = 16, 4, 32


def strong_roles(settings: Settings) -> tuple[str, ...]:
    """The roles that sign in with a second factor: administrators, and those of the setting. Raises ValueError."""
    return tuple(
        sorted({role.value for role in ADMINISTRATORS} | {Role(word) for word in settings.second_factor_roles})
    )


@dataclass(frozen=True)
class Refreshing:
    """How refresh tokens are made here, and how long they last. What one process holds."""

    key: bytes
    idle: timedelta
    absolute: timedelta
    repeat: timedelta
    strong_roles: tuple[str, ...]
    """Whoever holds one of these stays signed in only after a second factor."""

    @classmethod
    def of(cls, settings: Settings, key: bytes) -> "Refreshing":
        """As the settings say; `key` signs."""
        seconds = (settings.device_idle_s, settings.device_absolute_s, settings.refresh_repeat_s)
        idle, absolute, repeat = (timedelta(seconds=one) for one in seconds)
        return cls(key, idle, absolute, repeat, strong_roles(settings))

    def token(self, family_id: UUID, number: int) -> str:
        """The token with this number in the chain."""
        said = family_id.bytes + number.to_bytes(NUMBER_BYTES, "big")
        return urlsafe_b64encode(said + self._sign(said)).decode().rstrip("=")

    def read(self, token: str) -> tuple[UUID, int]:
        """Family and number. Raises RefreshRefused for what was never ours."""
        try:
            whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raise RefreshRefused from None
        said, sign = whole[: FAMILY_BYTES + NUMBER_BYTES], whole[FAMILY_BYTES + NUMBER_BYTES :]
        if not hmac.compare_digest(sign, self._sign(said)):
            raise RefreshRefused
        return UUID(bytes=said[:FAMILY_BYTES]), int.from_bytes(said[FAMILY_BYTES:], "big")

    def _sign(self, said: bytes) -> bytes:
        return hmac.new(self.key, said, sha256).digest()[:SIGN_BYTES]


@dataclass(frozen=True)
class SignedIn:
    """Whom the next access token is for, and on a device the next refresh token with its end."""

    principal: Principal
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None


# the digest's columns are our own; every value is bound
REFRESH = f"""
WITH held AS MATERIALIZED (
    SELECT * FROM device WHERE family_id = %(family_id)s FOR UPDATE
), judged AS MATERIALIZED (
    SELECT id, person_id, signed_in_at, CASE
        WHEN revoked_at IS NOT NULL THEN 'revoked'
        WHEN expires_at <= %(now)s THEN 'expired'
        WHEN %(number)s NOT IN (generation, coalesce(previous, 0)) THEN 'reused'
        WHEN NOT has_second_factor AND EXISTS (
            SELECT FROM posting WHERE posting.person_id = held.person_id AND posting.role = ANY (%(strong_roles)s)
                AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
        ) THEN 'weak'
        WHEN generation = %(number)s THEN 'next'
        WHEN rotated_at >= %(now)s - %(repeat)s THEN 'again'
        ELSE 'another'
    END AS verdict
    FROM held
), moved AS (
    UPDATE device SET
        previous = CASE verdict WHEN 'next' THEN generation ELSE previous END,
        generation = CASE WHEN verdict IN ('next', 'another') THEN generation + 1 ELSE generation END,
        rotated_at = CASE WHEN verdict IN ('next', 'another') THEN %(now)s ELSE rotated_at END,
        expires_at = CASE verdict WHEN 'reused' THEN expires_at
            ELSE least(%(now)s + %(idle)s, judged.signed_in_at + %(absolute)s) END,
        revoked_at = CASE verdict WHEN 'reused' THEN %(now)s END,
        revoked_because = CASE verdict WHEN 'reused' THEN '{RevokedBecause.REFRESH_REUSED}' END,
        version = CASE verdict WHEN 'reused' THEN version + 1 ELSE version END
    FROM judged WHERE device.id = judged.id AND verdict IN ('next', 'again', 'another', 'reused')
    RETURNING device.*
), told AS (
    INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest)
    SELECT %(event_id)s, '{EventName.DEVICE_REVOKED}', moved.id, ARRAY[]::uuid[], ARRAY[moved.person_id], NULL,
        %(now)s, jsonb_build_object('reason', moved.revoked_because), {digest_sql(Device, "moved")}
    FROM moved WHERE moved.revoked_at IS NOT NULL
), logged AS (
    INSERT INTO access_log (id, actor_id, action, subject_id, facts)
    SELECT %(log_id)s, NULL, 'auth.refresh_reused', moved.person_id, jsonb_build_object('device_id', moved.id)
    FROM moved WHERE moved.revoked_at IS NOT NULL
)
SELECT verdict, judged.person_id, judged.id, moved.generation, moved.expires_at
FROM judged LEFT JOIN moved USING (id)
"""  # noqa: S608 - see above


async def refresh(hot: Hot, refreshing: Refreshing, token: str, now: datetime) -> SignedIn:
    """Go on with a device. What is decided stays, although the request is refused: the hot door commits.

    Raises RefreshRefused (never ours, or too late), DeviceRevoked (signed out before, or now for reuse),
    SecondFactorNeeded (a role came since that wants one; sign in with it).
    """
    family_id, number = refreshing.read(token)
    request = {
        "family_id": family_id,
        "number": number,
        "now": now,
        "idle": refreshing.idle,
        "absolute": refreshing.absolute,
        "repeat": refreshing.repeat,
        "strong_roles": list(refreshing.strong_roles),
        "event_id": new_id(),
        "log_id": new_id(),
    }
    rows = await hot.rows(REFRESH, request)
    verdict = rows[0]["verdict"] if rows else "unknown"
    if verdict in {"reused", "revoked"}:
        raise DeviceRevoked
    if verdict == "weak":
        raise SecondFactorNeeded
    if verdict in {"unknown", "expired"}:
        raise RefreshRefused
    row = rows[0]
    principal = Principal(row["person_id"], None, row["id"])
    return SignedIn(principal, refreshing.token(family_id, row["generation"]), row["expires_at"])
