"""`grassroots keys rotate`: chunk by chunk; an interrupted run continues where it stopped."""

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.crypto import Keys
from service.foundation.db import transaction
from service.operations.privacy import rotation

ReportProgress = Callable[[str, int], None]
"""Called after each chunk with the column and the number of its values done in this run."""


async def rotate(engine: AsyncEngine, keys: Keys, report: ReportProgress, at_once: int = 200) -> set[int]:
    """Encrypt all values with the newest key, renew all blind indexes; return the keys still in use.

    Raises KeysUnusable when the key of a value is missing.
    """
    for column in rotation.encrypted_columns():
        await _rotate_column(engine, keys, column, rotation.rotate_chunk, report, at_once)
    for column in rotation.index_columns():
        await _rotate_column(engine, keys, column, rotation.rotate_index_chunk, report, at_once)
    async with transaction(engine) as session:
        return await rotation.keys_in_use(session)


RotateChunk = Callable[[AsyncSession, Keys, sa.Column[Any], Any, int], Awaitable[rotation.Chunk | None]]


async def _rotate_column(
    engine: AsyncEngine,
    keys: Keys,
    column: sa.Column[Any],
    rotate_chunk: RotateChunk,
    report: ReportProgress,
    at_once: int,
) -> None:
    total, after = 0, rotation.FIRST_ID
    while True:
        async with transaction(engine) as session:
            chunk = await rotate_chunk(session, keys, column, after, at_once)
        if chunk is None:
            return
        total, after = total + chunk.rows, chunk.last_id
        report(rotation.column_path(column), total)
