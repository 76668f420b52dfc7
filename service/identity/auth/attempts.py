"""Lock accounts and addresses after too many failed sign-ins.

The database counts attempts for each account and address, so that all processes share the count. One statement that
commits by itself counts an attempt before anything is verified, so that parallel attempts get no more tries than
sequential ones. A successful attempt is subtracted again. Unknown logins are counted like known ones. The keys of
the table are keyed hashes: it contains no login and no address.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.addresses import limit_key
from service.foundation.db import AutocommitPool
from service.foundation.settings import Settings
from service.identity.access.access_log import log_refusal
from service.identity.auth.errors import SignInLocked

MAX_DOUBLINGS = 20
PERSONS, SYSTEMS = "address", "address of systems"
"""The two counters of an address, so that a system with an outdated secret does not lock out people in its office."""


@dataclass(frozen=True)
class Limits:
    """The number of failures within a window that locks an account or address."""

    failures: int
    window: timedelta


@dataclass(frozen=True)
class CountedAttempt:
    """A counted attempt; `locked_until` is set when it must be refused."""

    account: UUID
    counter: UUID
    """The counter that was increased: of the account, or of the account on one of its devices."""
    address: UUID
    now: datetime
    locked_until: datetime | None

    @property
    def retry_after_s(self) -> int:
        """Seconds to wait before the next attempt, at least one."""
        return _seconds_until(self.now, self.locked_until) if self.locked_until else 0


def _seconds_until(now: datetime, until: datetime) -> int:
    return max(1, ceil((until - now).total_seconds()))


def _count_sql(word: str, source: str) -> str:
    """The upsert of one counter.

    A locked counter does not change; an expired window starts again at this attempt.
    """
    is_locked = "coalesce(entry.locked_until > %(now)s, false)"
    failures = f"CASE WHEN entry.since <= %(now)s - %({word}_window)s THEN 1 ELSE entry.failures + 1 END"
    lock_duration = (
        "least(%(longest_s)s, %(first_s)s"
        f" * power(2, least(({failures}) - %({word}_failures)s, {MAX_DOUBLINGS}))) * interval '1 second'"
    )
    return f"""
    INSERT INTO sign_in_attempt AS entry (id, failures, since, is_refused)
    SELECT %({word})s, 1, %(now)s, false {source}
    ON CONFLICT (id) DO UPDATE SET
        is_refused = {is_locked},
        failures = CASE WHEN {is_locked} THEN entry.failures ELSE {failures} END,
        since = CASE WHEN {is_locked} OR entry.since > %(now)s - %({word}_window)s THEN entry.since ELSE %(now)s END,
        locked_until = CASE WHEN {is_locked} THEN entry.locked_until
            WHEN ({failures}) >= %({word}_failures)s THEN %(now)s + {lock_duration} END
    RETURNING entry.is_refused, entry.locked_until"""


# always the address first, then the account, so that two attempts cannot deadlock
COUNT = f"""
WITH at_address AS ({_count_sql("address", "")}
), at_account AS ({_count_sql("account", "FROM at_address WHERE NOT at_address.is_refused")}
)
SELECT max(locked_until) AS locked_until FROM (
    SELECT * FROM at_address UNION ALL SELECT * FROM at_account
) AS counted WHERE is_refused
"""  # noqa: S608 - as above

COUNT_ADDRESS = _count_sql("address", "")

# the lock of an address begins with is_refused = false; the request that sets it is the first one to be refused
CHECK_ADDRESS_LOCK = """
WITH marked AS (
    UPDATE sign_in_attempt SET is_refused = true
    WHERE id = %(address)s AND locked_until > %(now)s AND NOT is_refused RETURNING 1
)
SELECT locked_until, EXISTS (SELECT FROM marked) AS is_first
FROM sign_in_attempt WHERE id = %(address)s AND locked_until > %(now)s
"""

IS_DEVICE_OF_LOGIN = """
SELECT 1 FROM device JOIN credential USING (person_id)
WHERE device.id = %(device_id)s AND device.revoked_at IS NULL AND lower(credential.login) = %(login)s
"""
DEVICES_OF_LOGIN = sa.text(
    "SELECT device.id FROM device JOIN credential USING (person_id) WHERE lower(credential.login) = lower(:login)"
)

SUBTRACT_ATTEMPT = """
UPDATE sign_in_attempt SET failures = greatest(failures - 1, 0),
    locked_until = CASE WHEN failures > %(most)s THEN locked_until END
WHERE id = %(key)s
"""
DELETE_COUNTERS = sa.text("DELETE FROM sign_in_attempt WHERE id = ANY (:keys)")
SUBTRACT_ATTEMPT_IN_SESSION = sa.text(SUBTRACT_ATTEMPT.replace("%(most)s", ":most").replace("%(key)s", ":key"))


class Attempts:
    """Counts attempts with the limits of the settings.

    It has no state of its own; the counters are in the database.
    """

    def __init__(self, settings: Settings, key: bytes) -> None:
        self._key = key
        self._account = Limits(settings.lock_account_failures, timedelta(seconds=settings.lock_account_window_s))
        self._address = Limits(settings.lock_address_failures, timedelta(seconds=settings.lock_address_window_s))
        self._address_limits = {
            "address_failures": self._address.failures,
            "address_window": self._address.window,
            "first_s": settings.lock_first_s,
            "longest_s": settings.lock_longest_s,
        }

    def account(self, login: str) -> UUID:
        """The counter key of a login, known or unknown; upper and lower case are the same."""
        return self._key_of("account", login.lower())

    def on_device(self, login: str, device_id: UUID) -> UUID:
        """The counter key of a login on one of its devices."""
        return self._key_of("account on device", f"{device_id} {login.lower()}")

    def address(self, address: str, kind: str = PERSONS) -> UUID:
        """The counter key of an address: IPv6 by its /64 network, IPv4-mapped IPv6 as IPv4."""
        return self._key_of(kind, limit_key(address))

    async def require_unlocked_address(
        self, pool: AutocommitPool, address: str, now: datetime, kind: str = PERSONS
    ) -> None:
        """Refuse a locked address before it takes a hashing slot. Raises: SignInLocked.

        The answer is the same for every login, so it does not reveal which accounts exist. The access log records
        each lock once.
        """
        key = self.address(address, kind)
        rows = await pool.rows(CHECK_ADDRESS_LOCK, {"address": key, "now": now})
        if not rows:
            return
        if rows[0]["is_first"]:
            await log_refusal(pool, "auth.sign_in_locked", subject_id=None, facts={"address_hash": str(key)})
        raise SignInLocked(retry_after_s=_seconds_until(now, rows[0]["locked_until"]))

    async def count_failed_system(self, pool: AutocommitPool, address: str, now: datetime) -> None:
        """Count a failed sign-in of a service client by its address.

        The secret is too long to be guessed; the count protects the hashing slots of the others.
        """
        key = self.address(address, SYSTEMS)
        await pool.rows(COUNT_ADDRESS, {"address": key, **self._address_limits, "now": now})

    async def count(
        self, pool: AutocommitPool, login: str, address: str, now: datetime, device_id: UUID | None = None
    ) -> CountedAttempt:
        """Count one attempt. The result says whether the caller must refuse it.

        `device_id`: the device named in the request. A device on which the person is signed in has a counter of its
        own, so that strangers who lock the account do not lock out its owner: only that device knows its random id.
        Any other id is counted as if there were none.
        """
        account_key, address_key = self.account(login), self.address(address)
        counter = account_key
        if device_id and await pool.rows(IS_DEVICE_OF_LOGIN, {"device_id": device_id, "login": login.lower()}):
            counter = self.on_device(login, device_id)
        rows = await pool.rows(
            COUNT,
            {
                "account": counter,
                "account_failures": self._account.failures,
                "account_window": self._account.window,
                "address": address_key,
                **self._address_limits,
                "now": now,
            },
        )
        return CountedAttempt(account_key, counter, address_key, now, rows[0]["locked_until"])

    async def subtract(self, pool: AutocommitPool, attempt: CountedAttempt) -> None:
        """Subtract an attempt that neither failed nor succeeded: something else must be done first."""
        for key, limits in ((attempt.address, self._address), (attempt.counter, self._account)):
            await pool.rows(f"{SUBTRACT_ATTEMPT} RETURNING 1", {"key": key, "most": limits.failures})

    async def succeed(self, session: AsyncSession, attempt: CountedAttempt) -> None:
        """Reset the account's counter after a success, and subtract the attempt from the address."""
        connection = await session.connection()
        await connection.execute(SUBTRACT_ATTEMPT_IN_SESSION, {"key": attempt.address, "most": self._address.failures})
        await connection.execute(DELETE_COUNTERS, {"keys": [attempt.counter]})

    async def unlock(self, session: AsyncSession, login: str) -> None:
        """Unlock an account, and its counters on the person's devices too."""
        connection = await session.connection()
        device_ids = [row.id for row in await connection.execute(DEVICES_OF_LOGIN, {"login": login})]
        keys = [self.account(login), *(self.on_device(login, device_id) for device_id in device_ids)]
        await connection.execute(DELETE_COUNTERS, {"keys": keys})

    def _key_of(self, kind: str, text: str) -> UUID:
        return UUID(bytes=hmac.new(self._key, f"{kind}:{text}".encode(), sha256).digest()[:16])
