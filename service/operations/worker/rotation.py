"""`grassroots keys rotate`: chunk by chunk, each a short transaction; cut off anywhere, it goes on where it stopped."""

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.crypto import Keys
from service.foundation.db import transaction
from service.operations.privacy import rotation

Tell = Callable[[str, int], None]
"""Told after each chunk: the column, and how many of its values are done in this run."""


async def rotate(engine: AsyncEngine, keys: Keys, tell: Tell, at_once: int = 200) -> set[int]:
    """Put every encrypted value under the newest key and every index under its own; the key numbers still needed.

    Raises KeysUnusable when a value's key is gone.
    """
    for column in rotation.encrypted_columns():
        await _run(engine, keys, column, rotation.rotate_chunk, tell, at_once)
    for column in rotation.index_columns():
        await _run(engine, keys, column, rotation.index_chunk, tell, at_once)
    async with transaction(engine) as session:
        return await rotation.keys_in_use(session)


Step = Callable[[AsyncSession, Keys, sa.Column[Any], Any, int], Awaitable[rotation.Chunk | None]]


async def _run(engine: AsyncEngine, keys: Keys, column: sa.Column[Any], step: Step, tell: Tell, at_once: int) -> None:
    done, after = 0, rotation.FIRST_ID
    while True:
        async with transaction(engine) as session:
            chunk = await step(session, keys, column, after, at_once)
        if chunk is None:
            return
        done, after = done + chunk.looked_at, chunk.last_id
        tell(rotation.word_of(column), done)
