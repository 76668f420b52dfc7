"""Idempotent creation: repeated and concurrent requests create one row (DESIGN §4)."""

from typing import Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.errors import ContentDiffers, NotFound


class FingerprintedRow(Protocol):
    """A row with the fingerprint of the request that created it.

    A repeated request has the same fingerprint.
    """

    id: UUID
    request_fingerprint: bytes


Row = TypeVar("Row", bound=FingerprintedRow)


async def create_once(session: AsyncSession, row: Row, *owned_by: str) -> tuple[Row, bool]:
    """Insert the row, or load the existing row with its id. Return the row and whether it is new.

    `owned_by` names the columns that must be equal; otherwise the existing row belongs to another caller.
    Raises: NotFound when they differ, ContentDiffers when the same owner sends other content.
    """
    table: sa.Table = type(row).__table__  # type: ignore[attr-defined]  # every table class has it
    # leave out columns that get their default from the database
    values = {
        column.name: getattr(row, column.name)
        for column in table.columns
        if not (column.server_default is not None and getattr(row, column.name) is None)
    }
    connection = await session.connection()
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id)
    is_new = (await connection.execute(statement)).first() is not None
    existing: Row | None = await session.get(type(row), row.id)
    if existing is None or any(getattr(existing, name) != getattr(row, name) for name in owned_by):
        raise NotFound
    if existing.request_fingerprint != row.request_fingerprint:
        raise ContentDiffers(id=str(row.id))
    return existing, is_new


class Identified(Protocol):
    """A row with an id that the server generated."""

    id: UUID


UniqueRow = TypeVar("UniqueRow", bound=Identified)


async def insert_or_lock(session: AsyncSession, row: UniqueRow, *unique: str) -> tuple[UniqueRow, bool]:
    """Insert the row, or lock the existing row with the same `unique` columns.

    Return the row and whether it is new.

    When two requests run at the same time, one inserts and the other loads that row; neither fails.
    """
    kind = type(row)
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]  # every table class has it
    values = {column.name: getattr(row, column.name) for column in table.columns}
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=unique).returning(table.c.id)
    is_new = (await (await session.connection()).execute(statement)).first() is not None
    existing = select(kind).where(*(table.c[name] == values[name] for name in unique)).with_for_update()
    return (await session.exec(existing)).one(), is_new
