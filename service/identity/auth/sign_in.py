"""Sign in with a password, change a password, and set up a second factor.

Every attempt takes the same steps for known and unknown logins: it is counted, the login is looked up, one password
is hashed. Only then is it accepted or refused, so that neither the answer nor its duration reveals which logins
exist. Refusals are written by statements that commit by themselves, because a refused request is rolled back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.auth import (
    Login,
    LoginWithCode,
    PasswordChange,
    SecondFactorConfirmation,
    SecondFactorSecret,
    SignIn,
)
from schemas.identity.devices import RevokedBecause
from service.foundation.crypto import Keys
from service.foundation.db import AutocommitPool
from service.foundation.events.actors import EventActor
from service.identity.access.access_log import log_access, log_refusal
from service.identity.access.actor import Actor
from service.identity.auth import devices, second_factors
from service.identity.auth.actions import lock_unchanged_credential, renew_password
from service.identity.auth.attempts import Attempts, CountedAttempt
from service.identity.auth.errors import (
    PasswordChangeNeeded,
    SecondFactorEnrolmentNeeded,
    SecondFactorNeeded,
    SecondFactorWrong,
    SignInFailed,
    SignInLocked,
)
from service.identity.auth.passwords import Passwords
from service.identity.auth.refresh_tokens import RefreshTokens, SignedIn
from service.identity.auth.rules import require_fit_password
from service.identity.auth.second_factors import Factor
from service.identity.auth.tokens import Principal

ACCOUNT_BY_LOGIN = """
SELECT credential.person_id, credential.login, credential.password_hash, credential.is_ended, credential.must_change,
    factor.id AS factor_id, factor.secret AS factor_secret,
    EXISTS (
        SELECT FROM posting WHERE posting.person_id = credential.person_id
            AND posting.role = ANY (%(second_factor_roles)s)
            AND valid_from <= %(now)s AND (valid_until IS NULL OR valid_until > %(now)s)
    ) AS needs_second_factor
FROM credential LEFT JOIN second_factor AS factor
    ON factor.person_id = credential.person_id AND factor.confirmed_at IS NOT NULL
WHERE lower(credential.login) = %(login)s
"""


@dataclass(frozen=True)
class SignInTools:
    """The services that signing in uses; one instance for each process."""

    keys: Keys
    passwords: Passwords
    refresh_tokens: RefreshTokens
    attempts: Attempts


@dataclass(frozen=True)
class VerifiedAccount:
    """An account whose password was verified, with its second factor and requirements."""

    attempt: CountedAttempt
    person_id: UUID
    login: str
    password_hash: str
    must_change: bool
    needs_second_factor: bool
    factor: Factor | None

    @classmethod
    def of(cls, attempt: CountedAttempt, row: Mapping[str, Any]) -> "VerifiedAccount":
        """From a row of the query ACCOUNT_BY_LOGIN."""
        factor = Factor(row["factor_id"], bytes(row["factor_secret"])) if row["factor_id"] else None
        names = ("person_id", "login", "password_hash", "must_change", "needs_second_factor")
        return cls(attempt=attempt, factor=factor, **{name: row[name] for name in names})


async def sign_in(
    pool: AutocommitPool, session: AsyncSession, tools: SignInTools, request: SignIn, address: str, now: datetime
) -> SignedIn:
    """Sign a person in, and on a device if the request names one.

    Raises: SignInLocked, SignInFailed, SecondFactorNeeded, SecondFactorWrong, PasswordChangeNeeded,
    SecondFactorEnrolmentNeeded, DeviceNotFound.
    """
    account = await verify_password(pool, tools, request, address, now, request.device.id if request.device else None)
    if account.must_change:
        await tools.attempts.subtract(pool, account.attempt)
        raise PasswordChangeNeeded
    has_second_factor = await check_second_factor(pool, tools, account, request.code)
    if account.needs_second_factor and not has_second_factor:
        await tools.attempts.subtract(pool, account.attempt)
        raise SecondFactorEnrolmentNeeded
    person_id = account.person_id
    await lock_unchanged_credential(session, person_id, account.password_hash)
    facts = {"device_id": str(request.device.id)} if request.device else {}
    await log_access(session, "auth.signed_in", actor_id=person_id, subject_id=person_id, facts=facts)
    signed_in = SignedIn(Principal(person_id, None))
    if request.device:
        signed_in = await devices.sign_in_device(
            session, tools.refresh_tokens, person_id, request.device, now, has_second_factor=has_second_factor
        )
    await tools.attempts.succeed(session, account.attempt)
    return signed_in


async def verify_password(
    pool: AutocommitPool, tools: SignInTools, request: Login, address: str, now: datetime, device_id: UUID | None = None
) -> VerifiedAccount:
    """Count an attempt and verify login and password.

    Unknown logins, wrong passwords and ended logins get the same answer after the same time.
    Raises: SignInLocked, SignInFailed.
    """
    attempt = await tools.attempts.count(pool, request.login, address, now, device_id)
    values = {
        "login": request.login.lower(),
        "now": now,
        "second_factor_roles": list(tools.refresh_tokens.second_factor_roles),
    }
    rows = await pool.rows(ACCOUNT_BY_LOGIN, values)
    row = rows[0] if rows and not rows[0]["is_ended"] else None
    is_match = await tools.passwords.verify(request.password, row["password_hash"] if row else None)
    if attempt.locked_until:
        await _log_refused(pool, attempt, rows[0]["person_id"] if rows else None, "auth.sign_in_locked")
        raise SignInLocked(retry_after_s=attempt.retry_after_s)
    if not row or not is_match:
        await _log_refused(pool, attempt, rows[0]["person_id"] if rows else None, "auth.sign_in_failed")
        raise SignInFailed
    return VerifiedAccount.of(attempt, row)


async def check_second_factor(
    pool: AutocommitPool, tools: SignInTools, account: VerifiedAccount, code: str | None
) -> bool:
    """Check the code of the second factor. Returns False when the account has no second factor.

    Raises: SecondFactorNeeded, SecondFactorWrong.
    """
    if account.factor is None:
        return False
    if code is None:
        await tools.attempts.subtract(pool, account.attempt)
        raise SecondFactorNeeded
    if not await second_factors.use_code(pool, tools.keys, account.factor, code, account.attempt.now):
        await _log_refused(pool, account.attempt, account.person_id, "auth.second_factor_failed")
        raise SecondFactorWrong
    return True


async def change_password(
    pool: AutocommitPool,
    session: AsyncSession,
    tools: SignInTools,
    request: PasswordChange,
    address: str,
    now: datetime,
    actor: Actor | None = None,
) -> None:
    """Change a password with the old one, and sign out every device except the one that sends the request.

    `actor`: the signed-in person, if any; the login must be the actor's own.
    Raises: PasswordUnfit, SignInLocked, SignInFailed, SecondFactorNeeded, SecondFactorWrong.
    """
    require_fit_password(request.login, request.new_password, request.password)
    account = await verify_password(pool, tools, request, address, now, actor.device_id if actor else None)
    if actor and actor.id != account.person_id:
        raise SignInFailed
    await check_second_factor(pool, tools, account, request.code)
    person_id, device_id = account.person_id, actor.device_id if actor else None
    await renew_password(session, tools.passwords, person_id, account.password_hash, request.new_password, now)
    await devices.revoke(
        session,
        person_id,
        RevokedBecause.PASSWORD_CHANGED,
        by=EventActor.person(person_id),
        now=now,
        except_id=device_id,
    )
    await tools.attempts.succeed(session, account.attempt)


async def begin_second_factor(
    pool: AutocommitPool, session: AsyncSession, tools: SignInTools, request: LoginWithCode, address: str, now: datetime
) -> SecondFactorSecret:
    """Begin to set up a second factor, without being signed in, because signing in may require one.

    Replacing a second factor needs a code of the old one.
    Raises: SignInLocked, SignInFailed, SecondFactorNeeded, SecondFactorWrong, PasswordChangeNeeded.
    """
    account = await verify_password(pool, tools, request, address, now)
    if account.must_change:
        await tools.attempts.subtract(pool, account.attempt)
        raise PasswordChangeNeeded
    await check_second_factor(pool, tools, account, request.code)
    await lock_unchanged_credential(session, account.person_id, account.password_hash)
    secret = await second_factors.begin_set_up(session, tools.keys, account.person_id, account.login, now)
    await tools.attempts.succeed(session, account.attempt)
    return secret


async def confirm_second_factor(
    pool: AutocommitPool,
    session: AsyncSession,
    tools: SignInTools,
    request: SecondFactorConfirmation,
    address: str,
    now: datetime,
) -> list[str]:
    """Confirm a second factor with its first code, and return the recovery codes.

    Raises: SignInLocked, SignInFailed, SecondFactorNotBegun, SecondFactorWrong.
    """
    account = await verify_password(pool, tools, request, address, now)
    await lock_unchanged_credential(session, account.person_id, account.password_hash)
    try:
        codes = await second_factors.confirm(session, tools.keys, account.person_id, request.code, now)
    except SecondFactorWrong:
        await _log_refused(pool, account.attempt, account.person_id, "auth.second_factor_failed")
        raise
    await tools.attempts.succeed(session, account.attempt)
    return codes


async def _log_refused(pool: AutocommitPool, attempt: CountedAttempt, person_id: UUID | None, action: str) -> None:
    """Write a refusal to the access log, although the request is rolled back.

    The login appears as a keyed hash.
    """
    facts = {"login_hash": str(attempt.account), "address_hash": str(attempt.address)}
    await log_refusal(pool, action, subject_id=person_id, facts=facts)
