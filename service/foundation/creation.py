"""Creating with an id the client made: a retry, even two at once, is one row and one answer (DESIGN §4)."""

from typing import Protocol, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.errors import ContentDiffers, NotFound


class Kept(Protocol):
    """A row that remembers what was asked, so that a repetition can be told from another content."""

    id: UUID
    request_fingerprint: bytes


Row = TypeVar("Row", bound=Kept)


async def create_once(session: AsyncSession, row: Row, *owned_by: str) -> tuple[Row, bool]:
    """Insert the row, or find the one that has its id; says whether it is new.

    `owned_by` names the columns that must agree for the id to be the caller's at all.
    Raises NotFound when they differ, ContentDiffers when the same owner asked for something else.
    """
    table: sa.Table = type(row).__table__  # type: ignore[attr-defined]  # every table class has it
    # what the database fills in itself is left to it
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
    """A row with an id of the server's making."""

    id: UUID


Found = TypeVar("Found", bound=Identified)


async def insert_or_lock(session: AsyncSession, row: Found, *unique: str) -> tuple[Found, bool]:
    """Insert the row, or find and lock the one that is there under the same `unique` columns; says whether it is new.

    Of two at the same instant one inserts and the other finds, so that the same request never fails for its twin.
    """
    kind = type(row)
    table: sa.Table = kind.__table__  # type: ignore[attr-defined]  # every table class has it
    values = {column.name: getattr(row, column.name) for column in table.columns}
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=unique).returning(table.c.id)
    is_new = (await (await session.connection()).execute(statement)).first() is not None
    there = select(kind).where(*(table.c[name] == values[name] for name in unique)).with_for_update()
    return (await session.exec(there)).one(), is_new
