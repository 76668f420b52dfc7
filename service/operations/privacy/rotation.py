"""Changing keys under what is already encrypted: row by row, in short chunks, where the last run stopped.

Columns are found by their types (`core/columns.py`). A value that already begins as the newest key's is passed over,
so that a run cut off anywhere just goes on. Neither versions nor events change: no digest covers these columns.
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
    """What one transaction did to a column."""

    looked_at: int
    last_id: UUID


def encrypted_columns() -> Iterator[sa.Column[Any]]:
    """Every column under a field key."""
    return (column for column in _columns() if isinstance(column.type, Encrypted))


def index_columns() -> Iterator[sa.Column[Any]]:
    """Every blind index."""
    return (column for column in _columns() if isinstance(column.type, BlindIndex))


def word_of(column: sa.Column[Any]) -> str:
    """`table.column`: what a value is bound to."""
    return f"{column.table.name}.{column.name}"


async def rotate_chunk(
    session: AsyncSession, keys: Keys, column: sa.Column[Any], after: UUID, at_most: int
) -> Chunk | None:
    """Put the next values of a column under the newest key; None when none is left behind `after`.

    Raises KeysUnusable when a value's key is gone: nothing of the chunk is changed then.
    """
    (key,) = column.table.primary_key.columns
    statement = sa.select(key, column).where(key > after, ~_begins(column, keys.field.head))
    rows = await _locked(session, statement, key, at_most)
    for row_id, stored in rows:
        renewed = keys.encrypt(keys.decrypt(bytes(stored), word_of(column)), word_of(column))
        await _write(session, column, row_id, renewed)
    return Chunk(len(rows), rows[-1][0]) if rows else None


async def index_chunk(
    session: AsyncSession, keys: Keys, column: sa.Column[Any], after: UUID, at_most: int
) -> Chunk | None:
    """Make the next values of a blind index anew under its present key; None when none is left behind `after`."""
    (key,) = column.table.primary_key.columns
    assert isinstance(column.type, BlindIndex)  # noqa: S101 - asked of those alone
    source = column.table.c[column.type.of]
    statement = sa.select(key, source).where(key > after, ~_begins(column, keys.index_head))
    rows = await _locked(session, statement, key, at_most)
    for row_id, stored in rows:
        await _write(session, column, row_id, keys.blind(keys.decrypt(bytes(stored), word_of(source))))
    return Chunk(len(rows), rows[-1][0]) if rows else None


async def keys_in_use(session: AsyncSession) -> set[int]:
    """The numbers of the field keys that some value still needs. Reads every value's first bytes."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    numbers = set()
    for column in encrypted_columns():
        heads = sa.select(sa.func.substring(column, 1, 3)).where(column.is_not(None)).distinct()
        found = await (await session.connection()).execute(heads)
        numbers |= {split_stored_value(bytes(head))[0] for head in found.scalars()}
    return numbers


def _columns() -> Iterator[sa.Column[Any]]:
    return (column for table in SQLModel.metadata.sorted_tables for column in table.columns)


def _begins(column: sa.Column[Any], head: bytes) -> sa.ColumnElement[bool]:
    return sa.func.substring(column, 1, len(head)) == head


async def _locked(session: AsyncSession, statement: Any, key: sa.Column[Any], at_most: int) -> list[Any]:
    await set_rls_purpose(session, Purpose.UPKEEP)  # contacts and households are behind the second lock
    limited = statement.order_by(key).limit(at_most).with_for_update()
    return list((await (await session.connection()).execute(limited)).all())


async def _write(session: AsyncSession, column: sa.Column[Any], row_id: UUID, value: bytes | None) -> None:
    (key,) = column.table.primary_key.columns
    statement = sa.update(column.table).where(key == row_id).values({column: value})
    await (await session.connection()).execute(statement)
