"""One lock on the shape of the tree: shared to add below a parent, exclusive to move.

A path is copied from the parent's when a row is added, and changed with the parent's when that one moves. Without the
lock a row added while its parent moves would keep the older path, and rights would be computed from it.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.locks import AdvisoryLock, lock_exclusively, lock_shared


async def lock_tree_shared(session: AsyncSession) -> None:
    """Until the transaction ends nothing moves. Take it before reading the path of a parent to add below."""
    await lock_shared(session, AdvisoryLock.ORGANISATION_TREE)


async def lock_tree_exclusively(session: AsyncSession) -> None:
    """Until the transaction ends nobody else adds or moves. Take it before reading what is to be moved."""
    await lock_exclusively(session, AdvisoryLock.ORGANISATION_TREE)
