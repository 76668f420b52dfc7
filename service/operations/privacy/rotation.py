"""Key rotation: encrypt stored values with the newest key, in short chunks.

Columns are found by their types (`service/foundation/columns.py`). A value that already has the newest key's head is
skipped, so an interrupted run continues where it stopped. Neither versions nor events change: no digest covers these
columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.columns import BlindIndex, Encrypted
from service.foundation.crypto import Keys
from service.foundation.field_cipher import split_stored_value
from service.identity.access.row_level_security import Purpose, set_rls_purpose

FIRST_ID = UUID(int=0)


@dataclass(frozen=True)
class Chunk:
    """The rows of a column that one transaction handled."""

    rows: int
    last_id: UUID


def encrypted_columns() -> Iterator[sa.Column[Any]]:
    """All columns that are encrypted with a field key."""
    return (column for column in _columns() if isinstance(column.type, Encrypted))


def index_columns() -> Iterator[sa.Column[Any]]:
    """All blind-index columns."""
    return (column for column in _columns() if isinstance(column.type, BlindIndex))


def column_path(column: sa.Column[Any]) -> str:
    """`table.column`, the associated data of each encrypted value."""
    return f"{column.table.name}.{column.name}"


async def rotate_chunk(
    session: AsyncSession, keys: Keys, column: sa.Column[Any], after: UUID, at_most: int
) -> Chunk | None:
    """Encrypt the next values of a column with the newest key; None if none is left after the id `after`.

    Raises KeysUnusable when the key of a value is missing; then nothing of the chunk changes.
    """
    (key,) = column.table.primary_key.columns
    statement = sa.select(key, column).where(key > after, ~_starts_with(column, keys.field.head))
    rows = await _select_for_update(session, statement, key, at_most)
    for row_id, stored in rows:
        encrypted = keys.encrypt(keys.decrypt(bytes(stored), column_path(column)), column_path(column))
        await _write(session, column, row_id, encrypted)
    return Chunk(len(rows), rows[-1][0]) if rows else None


async def rotate_index_chunk(
    session: AsyncSession, keys: Keys, column: sa.Column[Any], after: UUID, at_most: int
) -> Chunk | None:
    """Renew the next values of a blind index; None if none is left after the id `after`."""
    (key,) = column.table.primary_key.columns
    assert isinstance(column.type, BlindIndex)  # noqa: S101 - called for blind indexes only
    source = column.table.c[column.type.of]
    statement = sa.select(key, source).where(key > after, ~_starts_with(column, keys.index_head))
    rows = await _select_for_update(session, statement, key, at_most)
    for row_id, stored in rows:
        await _write(session, column, row_id, keys.blind(keys.decrypt(bytes(stored), column_path(source))))
    return Chunk(len(rows), rows[-1][0]) if rows else None


async def keys_in_use(session: AsyncSession) -> set[int]:
    """The numbers of the field keys that some value still needs. Reads the first bytes of every value."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    numbers = set()
    for column in encrypted_columns():
        heads = sa.select(sa.func.substring(column, 1, 3)).where(column.is_not(None)).distinct()
        found = await (await session.connection()).execute(heads)
        numbers |= {split_stored_value(bytes(head))[0] for head in found.scalars()}
    return numbers


def _columns() -> Iterator[sa.Column[Any]]:
    return (column for table in SQLModel.metadata.sorted_tables for column in table.columns)


def _starts_with(column: sa.Column[Any], head: bytes) -> sa.ColumnElement[bool]:
    return sa.func.substring(column, 1, len(head)) == head


async def _select_for_update(session: AsyncSession, statement: Any, key: sa.Column[Any], at_most: int) -> list[Any]:
    await set_rls_purpose(session, Purpose.UPKEEP)  # row-level security protects contacts, households
    limited = statement.order_by(key).limit(at_most).with_for_update()
    return list((await (await session.connection()).execute(limited)).all())


async def _write(session: AsyncSession, column: sa.Column[Any], row_id: UUID, value: bytes | None) -> None:
    (key,) = column.table.primary_key.columns
    statement = sa.update(column.table).where(key == row_id).values({column: value})
    await (await session.connection()).execute(statement)
