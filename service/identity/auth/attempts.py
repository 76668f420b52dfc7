"""Lock-out: attempts to sign in, counted in the database for each account and address, so that all processes agree.

An attempt is counted before anything is verified, in one statement that commits by itself, so that a hundred at once
get no more tries than a hundred in a row; a successful one is taken back. What is not there is counted like what is.
Keys are keyed hashes: the table names no login and no address.
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

DOUBLINGS = 20
PERSONS, SYSTEMS = "address", "address of systems"
"""Whose failures of an address: a system with an old secret, asking on and on, locks out no person in its office."""


@dataclass(frozen=True)
class Limits:
    """So many failures within the window, and what follows."""

    failures: int
    window: timedelta


@dataclass(frozen=True)
class Counted:
    """An attempt that was counted; `locked_until` when it was one too many."""

    account: UUID
    under: UUID
    """What it was counted under: the account, or the account on one of its devices."""
    address: UUID
    now: datetime
    locked_until: datetime | None

    @property
    def retry_after_s(self) -> int:
        """Seconds to wait, at least one."""
        return _seconds(self.now, self.locked_until) if self.locked_until else 0


def _seconds(now: datetime, until: datetime) -> int:
    return max(1, ceil((until - now).total_seconds()))


def _counting(word: str, source: str) -> str:
    """The upsert of one key. A locked one stays as it is; a new window begins with this attempt."""
    is_locked = "coalesce(kept.locked_until > %(now)s, false)"
    failures = f"CASE WHEN kept.since <= %(now)s - %({word}_window)s THEN 1 ELSE kept.failures + 1 END"
    lasts = (
        "least(%(longest_s)s, %(first_s)s"
        f" * power(2, least(({failures}) - %({word}_failures)s, {DOUBLINGS}))) * interval '1 second'"
    )
    return f"""
    INSERT INTO sign_in_attempt AS kept (id, failures, since, is_refused)
    SELECT %({word})s, 1, %(now)s, false {source}
    ON CONFLICT (id) DO UPDATE SET
        is_refused = {is_locked},
        failures = CASE WHEN {is_locked} THEN kept.failures ELSE {failures} END,
        since = CASE WHEN {is_locked} OR kept.since > %(now)s - %({word}_window)s THEN kept.since ELSE %(now)s END,
        locked_until = CASE WHEN {is_locked} THEN kept.locked_until
            WHEN ({failures}) >= %({word}_failures)s THEN %(now)s + {lasts} END
    RETURNING kept.is_refused, kept.locked_until"""


# always the address first, then the account: two attempts cannot wait for each other
COUNT = f"""
WITH at_address AS ({_counting("address", "")}
), at_account AS ({_counting("account", "FROM at_address WHERE NOT at_address.is_refused")}
)
SELECT max(locked_until) AS locked_until FROM (
    SELECT * FROM at_address UNION ALL SELECT * FROM at_account
) AS counted WHERE is_refused
"""  # noqa: S608 - as above

COUNT_ADDRESS = _counting("address", "")

# an address's lock begins with is_refused false: whoever turns it is the first to be refused
AT_THE_DOOR = """
WITH marked AS (
    UPDATE sign_in_attempt SET is_refused = true
    WHERE id = %(address)s AND locked_until > %(now)s AND NOT is_refused RETURNING 1
)
SELECT locked_until, EXISTS (SELECT FROM marked) AS is_first
FROM sign_in_attempt WHERE id = %(address)s AND locked_until > %(now)s
"""

OWN_DEVICE = """
SELECT 1 FROM device JOIN credential USING (person_id)
WHERE device.id = %(device_id)s AND device.revoked_at IS NULL AND lower(credential.login) = %(login)s
"""
DEVICES = sa.text(
    "SELECT device.id FROM device JOIN credential USING (person_id) WHERE lower(credential.login) = lower(:login)"
)

LESS = """
UPDATE sign_in_attempt SET failures = greatest(failures - 1, 0),
    locked_until = CASE WHEN failures > %(most)s THEN locked_until END
WHERE id = %(key)s
"""
FORGET = sa.text("DELETE FROM sign_in_attempt WHERE id = ANY (:keys)")
LESS_HERE = sa.text(LESS.replace("%(most)s", ":most").replace("%(key)s", ":key"))


class Attempts:
    """Counts attempts under the limits of the settings. What one process holds; it remembers nothing itself."""

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
        """The key of a login, whatever its case, known or not."""
        return self._named("account", login.lower())

    def on_device(self, login: str, device_id: UUID) -> UUID:
        """The key of a login on one of its devices."""
        return self._named("account on device", f"{device_id} {login.lower()}")

    def address(self, address: str, whose: str = PERSONS) -> UUID:
        """The key of an address: IPv6 by its /64, IPv4 within IPv6 as IPv4."""
        return self._named(whose, limit_key(address))

    async def must_be_open(self, pool: AutocommitPool, address: str, now: datetime, whose: str = PERSONS) -> None:
        """Turn a locked address away before it takes a turn at hashing. Raises SignInLocked.

        Whatever login it names is refused alike, so this tells of no account. Each lock is on record once.
        """
        key = self.address(address, whose)
        rows = await pool.rows(AT_THE_DOOR, {"address": key, "now": now})
        if not rows:
            return
        if rows[0]["is_first"]:
            await log_refusal(pool, "auth.sign_in_locked", subject_id=None, facts={"address_hash": str(key)})
        raise SignInLocked(retry_after_s=_seconds(now, rows[0]["locked_until"]))

    async def count_failed_system(self, pool: AutocommitPool, address: str, now: datetime) -> None:
        """Count a failure of a system. Its secret is too long to be guessed: this keeps the hashing for others."""
        key = self.address(address, SYSTEMS)
        await pool.rows(COUNT_ADDRESS, {"address": key, **self._address_limits, "now": now})

    async def count(
        self, pool: AutocommitPool, login: str, address: str, now: datetime, device_id: UUID | None = None
    ) -> Counted:
        """Count one attempt; the answer says whether it is to be refused.

        `device_id`: where it comes from, if it says so. On a device that the person is signed in on it is counted
        by itself, so that strangers who keep the account locked do not keep out its owner; only who was signed in
        there can name its random id. Any other is counted like none.
        """
        account_key, address_key = self.account(login), self.address(address)
        under = account_key
        if device_id and await pool.rows(OWN_DEVICE, {"device_id": device_id, "login": login.lower()}):
            under = self.on_device(login, device_id)
        rows = await pool.rows(
            COUNT,
            {
                "account": under,
                "account_failures": self._account.failures,
                "account_window": self._account.window,
                "address": address_key,
                **self._address_limits,
                "now": now,
            },
        )
        return Counted(account_key, under, address_key, now, rows[0]["locked_until"])

    async def take_back(self, pool: AutocommitPool, counted: Counted) -> None:
        """It was no failure, and no success either: something else is asked for first."""
        for key, limits in ((counted.address, self._address), (counted.under, self._account)):
            await pool.rows(f"{LESS} RETURNING 1", {"key": key, "most": limits.failures})

    async def succeed(self, session: AsyncSession, counted: Counted) -> None:
        """Whoever it was got in: nothing is held against the account there, and this one not against the address."""
        connection = await session.connection()
        await connection.execute(LESS_HERE, {"key": counted.address, "most": self._address.failures})
        await connection.execute(FORGET, {"keys": [counted.under]})

    async def lift(self, session: AsyncSession, login: str) -> None:
        """An administrator lifts the lock of an account, on its devices too."""
        connection = await session.connection()
        own = [row.id for row in await connection.execute(DEVICES, {"login": login})]
        keys = [self.account(login), *(self.on_device(login, one) for one in own)]
        await connection.execute(FORGET, {"keys": keys})

    def _named(self, kind: str, text: str) -> UUID:
        return UUID(bytes=hmac.new(self._key, f"{kind}:{text}".encode(), sha256).digest()[:16])
