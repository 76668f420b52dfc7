"""Second factors: time-based one-time passwords (RFC 6238: SHA-1, 30 s, 6 digits) and recovery codes.

The secret is stored encrypted. Each code works once: one statement that commits by itself only accepts a newer time
step. Each recovery code works once too; only its keyed hash is stored.
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
from schemas.identity.auth import SecondFactorSecret
from schemas.identity.devices import RevokedBecause
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.events.actors import EventActor
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.identity.access.access_log import log_access
from service.identity.auth import devices
from service.identity.auth.errors import SecondFactorNotBegun, SecondFactorWrong
from service.identity.auth.tables import RecoveryCode, SecondFactor

ISSUER = "Grassroots"
ENCRYPTION_CONTEXT = "second_factor.secret"
SECRET_BYTES = 20
DIGITS, STEP_S = 6, 30
ACCEPTED_STEPS = (0, -1, 1)
"""Accepted steps relative to the current one: clocks differ, and typing takes time (RFC 6238 §5.2)."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 10

USE_STEP = """
UPDATE second_factor SET last_step = %(step)s WHERE id = %(id)s AND last_step < %(step)s RETURNING id
"""
USE_RECOVERY_CODE = """
UPDATE recovery_code SET used_at = %(now)s
WHERE factor_id = %(factor_id)s AND code_hash = %(code_hash)s AND used_at IS NULL RETURNING id
"""


@dataclass(frozen=True)
class Factor:
    """A confirmed second factor: id and encrypted secret."""

    id: UUID
    secret: bytes


def step_of(now: datetime) -> int:
    """The number of the current time step."""
    return int(now.timestamp()) // STEP_S


def code_of(secret: bytes, step: int) -> str:
    """The six-digit code of a time step."""
    return _totp(secret).generate(step * STEP_S).decode()


def matching_step(secret: bytes, code: str, now: datetime) -> int | None:
    """The accepted time step that has this code.

    All steps are compared, so that the duration does not show which one matched.
    """
    steps = [step_of(now) + offset for offset in ACCEPTED_STEPS]
    matches = [step for step in steps if hmac.compare_digest(code_of(secret, step), code)]
    return matches[0] if matches else None


async def use_code(pool: AutocommitPool, keys: Keys, factor: Factor, code: str, now: datetime) -> bool:
    """Use a six-digit code or a recovery code. Returns False when it is wrong or was already used."""
    if len(code) != DIGITS:
        request = {"factor_id": factor.id, "code_hash": _hash(keys, code), "now": now}
        return bool(await pool.rows(USE_RECOVERY_CODE, request))
    step = matching_step(_decrypt_secret(keys, factor.secret), code, now)
    return step is not None and bool(await pool.rows(USE_STEP, {"id": factor.id, "step": step}))


async def begin_set_up(
    session: AsyncSession, keys: Keys, person_id: UUID, login: str, now: datetime
) -> SecondFactorSecret:
    """Create an authenticator secret. It takes effect when confirmed, and replaces an unconfirmed one."""
    connection = await session.connection()
    unconfirmed = (col(SecondFactor.person_id) == person_id, col(SecondFactor.confirmed_at).is_(None))
    await connection.execute(sa.delete(SecondFactor).where(*unconfirmed))
    secret = secrets.token_bytes(SECRET_BYTES)
    text = b32encode(secret).decode()
    row = SecondFactor(
        id=new_id(), person_id=person_id, secret=keys.encrypt(text, ENCRYPTION_CONTEXT), begun_at=now, last_step=0
    )
    session.add(row)
    await record(
        session,
        EventName.SECOND_FACTOR_BEGUN,
        row,
        actor=EventActor.person(person_id),
        occurred_at=now,
        persons=[person_id],
    )
    await log_access(session, "auth.second_factor_begun", actor_id=person_id, subject_id=person_id)
    return SecondFactorSecret(secret=text, uri=_totp(secret).get_provisioning_uri(login, ISSUER))


async def confirm(session: AsyncSession, keys: Keys, person_id: UUID, code: str, now: datetime) -> list[str]:
    """Confirm a new second factor with a code of it, replace the old one, and return the recovery codes.

    The recovery codes are returned only this once. Raises: SecondFactorNotBegun, SecondFactorWrong.
    """
    statement = select(SecondFactor).where(SecondFactor.person_id == person_id).with_for_update()
    rows = (await session.exec(statement)).all()
    factor = next((row for row in rows if row.confirmed_at is None), None)
    if factor is None:
        raise SecondFactorNotBegun
    step = matching_step(_decrypt_secret(keys, factor.secret), code, now)
    if step is None:
        raise SecondFactorWrong
    connection = await session.connection()
    await connection.execute(sa.delete(SecondFactor).where(col(SecondFactor.id).in_(_other_ids(rows, factor))))
    factor.confirmed_at, factor.last_step = now, step
    factor.version += 1
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(id=new_id(), factor_id=factor.id, code_hash=_hash(keys, recovery_code)) for recovery_code in codes
    )
    await record(
        session,
        EventName.SECOND_FACTOR_CONFIRMED,
        factor,
        actor=EventActor.person(person_id),
        occurred_at=now,
        persons=[person_id],
    )
    await log_access(session, "auth.second_factor_confirmed", actor_id=person_id, subject_id=person_id)
    return codes


async def reset(session: AsyncSession, person_id: UUID, *, by: EventActor, now: datetime) -> bool:
    """Remove a lost second factor and sign the person out on every device. Returns whether there was one.

    An event notifies the person.
    """
    statement = select(SecondFactor).where(SecondFactor.person_id == person_id).with_for_update()
    rows = (await session.exec(statement)).all()
    for row in rows:
        row.version += 1
        await record(session, EventName.SECOND_FACTOR_RESET, row, actor=by, occurred_at=now, persons=[person_id])
        await session.delete(row)
    await devices.revoke(session, person_id, RevokedBecause.FACTOR_RESET, by=by, now=now)
    await log_access(session, "auth.second_factor_reset", actor_id=by.id, subject_id=person_id)
    return bool(rows)


def _other_ids(rows: Sequence[SecondFactor], existing: SecondFactor) -> list[UUID]:
    return [row.id for row in rows if row is not existing]


def _decrypt_secret(keys: Keys, stored: bytes) -> bytes:
    return b32decode(keys.decrypt(stored, ENCRYPTION_CONTEXT))


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_S)  # noqa: S303 - authenticator apps use SHA-1 (RFC 6238)


def _new_recovery_code() -> str:
    """A random code of 80 bits: sixteen letters and digits in four groups."""
    text = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _hash(keys: Keys, code: str) -> bytes:
    normalized = code.strip().lower().replace("-", "").replace(" ", "")
    return hmac.new(keys.derived("recovery codes"), normalized.encode(), sha256).digest()
