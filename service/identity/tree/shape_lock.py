"""One lock on the shape of the tree: whoever adds below a parent shares it, whoever moves has it alone.

A path is copied from the parent's when a row is added, and changed with the parent's when that one moves. Without the
lock a row added while its parent moves would keep the older path, and rights would be computed from it.
"""

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

LOCK = 7210433
SHARED = sa.text("SELECT pg_advisory_xact_lock_shared(:lock)").bindparams(lock=LOCK)
ALONE = sa.text("SELECT pg_advisory_xact_lock(:lock)").bindparams(lock=LOCK)


async def lock_tree_shared(session: AsyncSession) -> None:
    """Until the transaction ends nothing moves. Take it before reading the path of a parent to add below."""
    await (await session.connection()).execute(SHARED)


async def lock_tree_exclusively(session: AsyncSession) -> None:
    """Until the transaction ends nobody else adds or moves. Take it before reading what is to be moved."""
    await (await session.connection()).execute(ALONE)
