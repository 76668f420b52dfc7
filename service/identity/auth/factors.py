"""The second factor: time-based one-time passwords (RFC 6238: SHA-1, 30 s, 6 digits) and recovery codes.

The secret is encrypted. A code is good once: the step it belongs to only ever grows, decided by the database in one
statement that commits by itself. A recovery code is good once likewise; only its keyed hash is stored.
"""

import hmac
import secrets
from base64 import b32decode, b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.identity.auth import SecondFactorBegun
from schemas.identity.devices import RevokedBecause
from service.foundation.crypto import Keys
from service.foundation.db import Hot
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access
from service.identity.auth import devices
from service.identity.auth.errors import SecondFactorNotBegun, SecondFactorWrong
from service.identity.auth.tables import RecoveryCode, SecondFactor

ISSUER = "Grassroots"
COLUMN = "second_factor.secret"
SECRET_BYTES = 20
DIGITS, STEP_S = 6, 30
AROUND = (0, -1, 1)
"""Steps beside the present one that are taken too: timers differ, and typing takes time (RFC 6238 §5.2)."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 10

SPEND_STEP = """
UPDATE second_factor SET last_step = %(step)s WHERE id = %(id)s AND last_step < %(step)s RETURNING id
"""
SPEND_RECOVERY = """
UPDATE recovery_code SET used_at = %(now)s
WHERE factor_id = %(factor_id)s AND code_hash = %(code_hash)s AND used_at IS NULL RETURNING id
"""


@dataclass(frozen=True)
class Factor:
    """A confirmed second factor as signing in knows it."""

    id: UUID
    secret: bytes


def step_of(now: datetime) -> int:
    """The number of the present step."""
    return int(now.timestamp()) // STEP_S


def code_of(secret: bytes, step: int) -> str:
    """The six digits of a step."""
    return _totp(secret).generate(step * STEP_S).decode()


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The step whose code this is, around the present one; all are computed, whichever it is."""
    present = step_of(now)
    found = [step for step in (present + by for by in AROUND) if hmac.compare_digest(code_of(secret, step), code)]
    return found[0] if found else None


async def spend(hot: Hot, keys: Keys, factor: Factor, code: str, now: datetime) -> bool:
    """Use a code of six digits, or a recovery code. False when it does not fit or was used."""
    if len(code) != DIGITS:
        request = {"factor_id": factor.id, "code_hash": _hash(keys, code), "now": now}
        return bool(await hot.rows(SPEND_RECOVERY, request))
    step = matching_step(_opened(keys, factor.secret), code, now)
    return step is not None and bool(await hot.rows(SPEND_STEP, {"id": factor.id, "step": step}))


async def set_up(session: AsyncSession, keys: Keys, person_id: UUID, login: str, now: datetime) -> SecondFactorBegun:
    """A new secret for the authenticator; it counts once confirmed, and replaces one that never was."""
    connection = await session.connection()
    unconfirmed = (col(SecondFactor.person_id) == person_id, col(SecondFactor.confirmed_at).is_(None))
    await connection.execute(sa.delete(SecondFactor).where(*unconfirmed))
    secret = secrets.token_bytes(SECRET_BYTES)
    text = b32encode(secret).decode()
    row = SecondFactor(id=new_id(), person_id=person_id, secret=keys.encrypt(text, COLUMN), begun_at=now, last_step=0)
    session.add(row)
    await record(session, EventName.SECOND_FACTOR_BEGUN, row, actor_id=person_id, occurred_at=now, persons=[person_id])
    await log_access(session, "auth.second_factor_begun", actor_id=person_id, subject_id=person_id)
    return SecondFactorBegun(secret=text, uri=_totp(secret).get_provisioning_uri(login, ISSUER))


async def confirm(session: AsyncSession, keys: Keys, person_id: UUID, code: str, now: datetime) -> list[str]:
    """Confirm the secret begun with a code of it; the recovery codes, told this once. Replaces the factor before.

    Raises SecondFactorNotBegun, SecondFactorWrong.
    """
    statement = select(SecondFactor).where(SecondFactor.person_id == person_id).with_for_update()
    rows = (await session.exec(statement)).all()
    begun = next((row for row in rows if row.confirmed_at is None), None)
    if begun is None:
        raise SecondFactorNotBegun
    step = matching_step(_opened(keys, begun.secret), code, now)
    if step is None:
        raise SecondFactorWrong
    connection = await session.connection()
    await connection.execute(sa.delete(SecondFactor).where(col(SecondFactor.id).in_(_others(rows, begun))))
    begun.confirmed_at, begun.last_step = now, step
    begun.version += 1
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(id=new_id(), factor_id=begun.id, code_hash=_hash(keys, one)) for one in codes)
    await record(
        session, EventName.SECOND_FACTOR_CONFIRMED, begun, actor_id=person_id, occurred_at=now, persons=[person_id]
    )
    await log_access(session, "auth.second_factor_confirmed", actor_id=person_id, subject_id=person_id)
    return codes


async def reset(session: AsyncSession, person_id: UUID, *, by: UUID | None, now: datetime) -> bool:
    """Take a lost second factor away and sign the person out everywhere; whether there was one. The person is told."""
    statement = select(SecondFactor).where(SecondFactor.person_id == person_id).with_for_update()
    rows = (await session.exec(statement)).all()
    for row in rows:
        row.version += 1
        await record(session, EventName.SECOND_FACTOR_RESET, row, actor_id=by, occurred_at=now, persons=[person_id])
        await session.delete(row)
    await devices.revoke(session, person_id, RevokedBecause.FACTOR_RESET, by=by, now=now)
    await log_access(session, "auth.second_factor_reset", actor_id=by, subject_id=person_id)
    return bool(rows)


def _others(rows: Sequence[SecondFactor], existing: SecondFactor) -> list[UUID]:
    return [row.id for row in rows if row is not existing]


def _opened(keys: Keys, stored: bytes) -> bytes:
    return b32decode(keys.decrypt(stored, COLUMN))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 - what authenticators speak (RFC 6238)


def _recovery_code() -> str:
    """Sixteen letters and digits in four groups: 80 bits."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(keys: Keys, code: str) -> bytes:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hmac.new(keys.derived("recovery codes"), plain.encode(), sha256).digest()
