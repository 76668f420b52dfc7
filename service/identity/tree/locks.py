"""The advisory lock on the organisation tree: shared to add an organisation, exclusive to move one.

A new organisation copies the path of its parent; a move rewrites the paths of a whole subtree. Without the lock, an
organisation added while its parent moves would keep the old path, and rights would be computed from it.
"""

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.locks import AdvisoryLock, lock_exclusively, lock_shared


async def lock_tree_shared(session: AsyncSession) -> None:
    """Prevent moves until the transaction ends. Take it before reading the path of a parent."""
    await lock_shared(session, AdvisoryLock.ORGANISATION_TREE)


async def lock_tree_exclusively(session: AsyncSession) -> None:
    """Prevent additions and other moves until the transaction ends. Take it before reading the row."""
    await lock_exclusively(session, AdvisoryLock.ORGANISATION_TREE)
