"""Signing in with a password, and all else that begins with one: what is checked, in which order, and what is counted.

Every attempt takes the same steps, whoever is named: it is counted, the login is looked up, one password is hashed.
Only then is anything decided, so that neither answer nor time tells who exists. What is decided against somebody is
written by statements that commit by themselves, because a refused request is rolled back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.auth import Login, PasswordChange, Proof, SecondFactorBegun, SecondFactorConfirmation, SignIn
from schemas.identity.devices import RevokedBecause
from service.foundation.crypto import Keys
from service.foundation.db import Hot
from service.identity.access.access_log import log_access, log_refusal
from service.identity.access.actor import Actor
from service.identity.auth import devices, factors
from service.identity.auth.actions import must_still_hold, renew_password
from service.identity.auth.attempts import Attempts, Counted
from service.identity.auth.errors import (
    PasswordChangeNeeded,
    SecondFactorEnrolmentNeeded,
    SecondFactorNeeded,
    SecondFactorWrong,
    SignInFailed,
    SignInLocked,
)
from service.identity.auth.factors import Factor
from service.identity.auth.passwords import Passwords
from service.identity.auth.refreshing import Refreshing, SignedIn
from service.identity.auth.rules import must_be_fit
from service.identity.auth.tokens import Principal

KNOWN = """
SELECT credential.person_id, credential.login, credential.password_hash, credential.is_ended, credential.must_change,
    factor.id AS factor_id, factor.secret AS factor_secret,
    EXISTS (
        SELECT FROM posting WHERE posting.person_id = credential.person_id AND posting.role = ANY (%(strong_roles)s)
            AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
    ) AS must_be_strong
FROM credential LEFT JOIN second_factor AS factor
    ON factor.person_id = credential.person_id AND factor.confirmed_at IS NOT NULL
WHERE lower(credential.login) = %(login)s
"""


@dataclass(frozen=True)
class Ways:
    """What signing in works with. What one process holds."""

    keys: Keys
    passwords: Passwords
    refreshing: Refreshing
    attempts: Attempts


@dataclass(frozen=True)
class Proved:
    """Somebody who knew the password, and what else is known of the ways in."""

    counted: Counted
    person_id: UUID
    login: str
    password_hash: str
    must_change: bool
    must_be_strong: bool
    factor: Factor | None

    @classmethod
    def of(cls, counted: Counted, row: Mapping[str, Any]) -> "Proved":
        """From a row of KNOWN."""
        factor = Factor(row["factor_id"], bytes(row["factor_secret"])) if row["factor_id"] else None
        names = ("person_id", "login", "password_hash", "must_change", "must_be_strong")
        return cls(counted=counted, factor=factor, **{name: row[name] for name in names})


async def sign_in(
    hot: Hot, session: AsyncSession, ways: Ways, request: SignIn, address: str, now: datetime
) -> SignedIn:
    """Who signs in, on which device.

    Raises what `prove` and `confirm_factor` do, SignInFailed when what was proved is replaced or ended meanwhile,
    PasswordChangeNeeded, SecondFactorEnrolmentNeeded, DeviceNotFound.
    """
    proved = await prove(hot, ways, request, address, now, request.device.id if request.device else None)
    if proved.must_change:
        await ways.attempts.take_back(hot, proved.counted)
        raise PasswordChangeNeeded
    is_strong = await confirm_factor(hot, ways, proved, request.code)
    if proved.must_be_strong and not is_strong:
        await ways.attempts.take_back(hot, proved.counted)
        raise SecondFactorEnrolmentNeeded
    person_id = proved.person_id
    await must_still_hold(session, person_id, proved.password_hash)
    facts = {"device_id": str(request.device.id)} if request.device else {}
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    signed_in = SignedIn(Principal(person_id, None))
    if request.device:
        signed_in = await devices.start(
            session, ways.refreshing, person_id, request.device, now, has_second_factor=is_strong
        )
    await ways.attempts.succeed(session, proved.counted)
    return signed_in


async def prove(
    hot: Hot, ways: Ways, request: Login, address: str, now: datetime, device_id: UUID | None = None
) -> Proved:
    """Whose password this is. Raises SignInLocked, and SignInFailed: unknown, wrong and ended look and last alike."""
    counted = await ways.attempts.count(hot, request.login, address, now, device_id)
    known = {"login": request.login.lower(), "now": now, "strong_roles": list(ways.refreshing.strong_roles)}
    rows = await hot.rows(KNOWN, known)
    row = rows[0] if rows and not rows[0]["is_ended"] else None
    fits = await ways.passwords.verify(request.password, row["password_hash"] if row else None)
    if counted.locked_until:
        await _refused(hot, counted, rows[0]["person_id"] if rows else None, "auth.sign_in_locked")
        raise SignInLocked(retry_after_s=counted.retry_after_s)
    if not row or not fits:
        await _refused(hot, counted, rows[0]["person_id"] if rows else None, "auth.sign_in_failed")
        raise SignInFailed
    return Proved.of(counted, row)


async def confirm_factor(hot: Hot, ways: Ways, proved: Proved, code: str | None) -> bool:
    """Whether a second factor confirmed it; False when none is set up. Raises SecondFactorNeeded, SecondFactorWrong."""
    if proved.factor is None:
        return False
    if code is None:
        await ways.attempts.take_back(hot, proved.counted)
        raise SecondFactorNeeded
    if not await factors.spend(hot, ways.keys, proved.factor, code, proved.counted.now):
        await _refused(hot, proved.counted, proved.person_id, "auth.second_factor_failed")
        raise SecondFactorWrong
    return True


async def change_password(
    hot: Hot,
    session: AsyncSession,
    ways: Ways,
    request: PasswordChange,
    address: str,
    now: datetime,
    actor: Actor | None = None,
) -> None:
    """Change one's password, knowing the old; signs out every device but the one that asks.

    `actor`: who is signed in, and must be the one whose login it is.
    Raises PasswordUnfit, and what `prove` and `confirm_factor` do.
    """
    must_be_fit(request.login, request.new_password, request.password)
    proved = await prove(hot, ways, request, address, now, actor.device_id if actor else None)
    if actor and actor.id != proved.person_id:
        raise SignInFailed
    await confirm_factor(hot, ways, proved, request.code)
    person_id, this = proved.person_id, actor.device_id if actor else None
    await renew_password(session, ways.passwords, person_id, proved.password_hash, request.new_password, now)
    await devices.revoke(session, person_id, RevokedBecause.PASSWORD_CHANGED, by=person_id, now=now, but=this)
    await ways.attempts.succeed(session, proved.counted)


async def begin_factor(
    hot: Hot, session: AsyncSession, ways: Ways, request: Proof, address: str, now: datetime
) -> SecondFactorBegun:
    """Begin to set up a second factor, before any session: it may be needed to get one.

    Raises what `prove` and `confirm_factor` do (to replace one, the one before is shown), PasswordChangeNeeded.
    """
    proved = await prove(hot, ways, request, address, now)
    if proved.must_change:
        await ways.attempts.take_back(hot, proved.counted)
        raise PasswordChangeNeeded
    await confirm_factor(hot, ways, proved, request.code)
    await must_still_hold(session, proved.person_id, proved.password_hash)
    begun = await factors.set_up(session, ways.keys, proved.person_id, proved.login, now)
    await ways.attempts.succeed(session, proved.counted)
    return begun


async def complete_factor(
    hot: Hot, session: AsyncSession, ways: Ways, request: SecondFactorConfirmation, address: str, now: datetime
) -> list[str]:
    """Confirm it with its first code; the recovery codes. Raises what `prove` does, SecondFactorNotBegun, -Wrong."""
    proved = await prove(hot, ways, request, address, now)
    await must_still_hold(session, proved.person_id, proved.password_hash)
    try:
        codes = await factors.confirm(session, ways.keys, proved.person_id, request.code, now)
    except SecondFactorWrong:
        await _refused(hot, proved.counted, proved.person_id, "auth.second_factor_failed")
        raise
    await ways.attempts.succeed(session, proved.counted)
    return codes


async def _refused(hot: Hot, counted: Counted, person_id: UUID | None, action: str) -> None:
    """Into the access log, although the request fails. Which login it was shows only as its keyed hash."""
    facts = {"login_hash": str(counted.account), "address_hash": str(counted.address)}
    await log_refusal(hot, action, subject_id=person_id, facts=facts)
