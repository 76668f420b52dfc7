"""Keyset paging, newest first, with opaque cursors."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Mapped
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from schemas.foundation.common import PageQuery
from service.foundation.errors import CursorUnreadable

Row = TypeVar("Row")
Statement = TypeVar("Statement", bound=sa.Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class Key:
    """Where a page ends: timestamp and id of its last row."""

    timestamp: datetime
    id: UUID


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows of one page, and the cursor of the next one; None on the last page."""

    rows: Sequence[Row]
    next_cursor: str | None


def sliced(rows: Sequence[Row], query: PageQuery, key: Callable[[Row], Key]) -> Slice[Row]:
    """The page out of `limit + 1` rows; the extra row only shows that there is a next page."""
    shown = rows[: query.limit]
    return Slice(shown, encode_key(key(shown[-1])) if len(rows) > query.limit else None)


def sliced_by_code(rows: Sequence[Row], query: PageQuery, code: Callable[[Row], str]) -> Slice[Row]:
    """The same for a list in the order of a code."""
    shown = rows[: query.limit]
    return Slice(shown, encode([code(shown[-1])]) if len(rows) > query.limit else None)


def encode(parts: Sequence[str | int]) -> str:
    """An opaque cursor of a few plain values."""
    return base64.urlsafe_b64encode(json.dumps(list(parts), separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str) -> list[str | int]:
    """The values inside a cursor. Raises CursorUnreadable for every text that `encode` did not make."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorUnreadable from None
    if not isinstance(parts, list) or not all(type(part) in (str, int) for part in parts):
        raise CursorUnreadable
    return parts


def decode_code(cursor: str | None) -> str | None:
    """The code inside a cursor of a list in the order of a code; None without a cursor. Raises CursorUnreadable."""
    if cursor is None:
        return None
    match decode(cursor):
        case [str() as code] if code and code.isascii() and code.isprintable():
            return code
    raise CursorUnreadable


def encode_key(key: Key) -> str:
    """The cursor that starts a page after `key`."""
    return encode([key.timestamp.isoformat(), key.id.hex])


def decode_key(cursor: str | None) -> Key | None:
    """The key inside the cursor of a list; None without a cursor. Raises CursorUnreadable."""
    if cursor is None:
        return None
    try:
        timestamp, identifier = decode(cursor)
        key = Key(datetime.fromisoformat(str(timestamp)), UUID(str(identifier)))
    except ValueError:
        raise CursorUnreadable from None
    if key.timestamp.tzinfo is None:
        raise CursorUnreadable
    return key


def filter_equal(statement: Statement, table: type[SQLModel], query: PageQuery, *names: str) -> Statement:
    """Keep the rows whose columns equal the fields of the query with these names; None keeps all."""
    for name in names:
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(table, name) == value)
    return statement


def newest_first(
    statement: Statement, timestamp: Mapped[datetime], identifier: Mapped[UUID], query: PageQuery
) -> Statement:
    """The statement with keyset order, the cursor's start, and one row more than the page holds.

    Raises CursorUnreadable.
    """
    key = decode_key(query.cursor)
    if key:
        start = sa.tuple_(sa.literal(key.timestamp), sa.literal(key.id))
        statement = statement.where(sa.tuple_(timestamp, identifier) < start)
    return statement.order_by(timestamp.desc(), identifier.desc()).limit(query.limit + 1)


def by_code(statement: Statement, code: Mapped[str], query: PageQuery) -> Statement:
    """The statement in the order of a code, from behind the cursor, with one row more than the page holds.

    Raises CursorUnreadable.
    """
    after = decode_code(query.cursor)
    if after is not None:
        statement = statement.where(code > after)
    return statement.order_by(code).limit(query.limit + 1)


async def page_newest_first(
    session: AsyncSession,
    statement: SelectOfScalar[Row],
    timestamp: Mapped[datetime],
    identifier: Mapped[UUID],
    query: PageQuery,
) -> Slice[Row]:
    """One page of rows in the order of timestamp and id. Raises CursorUnreadable."""
    rows = (await session.exec(newest_first(statement, timestamp, identifier, query))).all()
    at, called = (cast(InstrumentedAttribute[Any], one).key for one in (timestamp, identifier))
    return sliced(rows, query, lambda row: Key(getattr(row, at), getattr(row, called)))
