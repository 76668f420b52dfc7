"""Advisory locks: every key of the deployment, and the statements that take them."""

from enum import IntEnum, unique
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession


@unique
class AdvisoryLock(IntEnum):
    """One key for each purpose. SQL of a migration that takes a lock names the number and this enum lists it."""

    MIGRATIONS = 7_210_431
    """Held while migrations run."""
    PARTITIONS = 7_210_432
    """Taken by the SQL function `ensure_partitions`."""
    ORGANISATION_TREE = 7_210_433
    """Shared to add below a parent, exclusive to move."""
    INBOX = 7_210_434
    """The relay, a rebuild and the timer sweep reconcile the inbox one after another."""
    DIVISION_IMPORT = 7_210_435
    """Held by one import of divisions from beginning to end."""
    IMPORT_MERGE = 7_210_436
    """Held by one merge of an import from beginning to end."""


TRANSACTION_LOCK = sa.text("SELECT pg_advisory_xact_lock(:key)")
TRANSACTION_LOCK_SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(:key)")
TRY_TRANSACTION_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:key)")
# with the driver's own placeholder, for connections with and without SQLAlchemy
SESSION_LOCK = "SELECT pg_advisory_lock(%s)"
TRY_SESSION_LOCK = "SELECT pg_try_advisory_lock(%s)"
SESSION_UNLOCK = "SELECT pg_advisory_unlock(%s)"


async def lock_exclusively(session: AsyncSession, lock: AdvisoryLock) -> None:
    """Wait for the lock and hold it alone until the transaction ends."""
    await (await session.connection()).execute(TRANSACTION_LOCK, {"key": lock.value})


async def lock_shared(session: AsyncSession, lock: AdvisoryLock) -> None:
    """Wait for the lock and share it until the transaction ends."""
    await (await session.connection()).execute(TRANSACTION_LOCK_SHARED, {"key": lock.value})


async def try_lock_exclusively(session: AsyncSession, lock: AdvisoryLock) -> bool:
    """Take the lock alone until the transaction ends, if it is free; return whether it was."""
    return bool(await (await session.connection()).scalar(TRY_TRANSACTION_LOCK, {"key": lock.value}))


def key_of_row(row_id: UUID) -> int:
    """Return the key of the lock on one row's work.

    Negative, since the variant bits of a UUID set the sign; so it is never a key of `AdvisoryLock`.
    """
    return int.from_bytes(row_id.bytes[8:], signed=True)
