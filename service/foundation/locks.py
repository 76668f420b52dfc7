"""Advisory locks: every key of the deployment, and the statements that take them."""

from enum import IntEnum, unique
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession


@unique
class AdvisoryLock(IntEnum):
    """One key per purpose. The SQL of a migration contains the number itself; this enum lists it too."""

    MIGRATIONS = 7_210_431
    """Held while migrations run."""
    PARTITIONS = 7_210_432
    """Taken by the SQL function `ensure_partitions`."""
    ORGANISATION_TREE = 7_210_433
    """Shared to add an organisation, exclusive to move one."""
    INBOX = 7_210_434
    """Held by the relay, a rebuild or the timer sweep while it reconciles the inbox."""
    DIVISION_IMPORT = 7_210_435
    """Held by an import of divisions until it ends."""
    IMPORT_MERGE = 7_210_436
    """Held by the merge of an import until it ends."""


TRANSACTION_LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)")
TRANSACTION_LOCK_SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
TRY_TRANSACTION_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
# with the placeholder of psycopg, so that they run with and without SQLAlchemy
SESSION_LOCK = "SELECT pg_advisory_lock(%s)"
TRY_SESSION_LOCK = "SELECT pg_try_advisory_lock(%s)"
SESSION_UNLOCK = "SELECT pg_advisory_unlock(%s)"


async def lock_exclusively(session: AsyncSession, lock: AdvisoryLock) -> None:
    """Wait for the exclusive lock and hold it until the transaction ends."""
    await (await session.connection()).execute(TRANSACTION_LOCK, {"key": lock.value})


async def lock_shared(session: AsyncSession, lock: AdvisoryLock) -> None:
    """Wait for the shared lock and hold it until the transaction ends."""
    await (await session.connection()).execute(TRANSACTION_LOCK_SHARED, {"key": lock.value})


async def try_lock_exclusively(session: AsyncSession, lock: AdvisoryLock) -> bool:
    """Take the exclusive lock until the transaction ends if it is free. Return whether it was free."""
    return bool(await (await session.connection()).scalar(TRY_TRANSACTION_LOCK, {"key": lock.value}))


def key_of_row(row_id: UUID) -> int:
    """Return the key of the advisory lock for one row.

    It is negative, because the variant bits of a UUID set the sign bit; so it never equals a key of `AdvisoryLock`.
    """
    return int.from_bytes(row_id.bytes[8:], signed=True)
