"""Keyset pagination with opaque cursors: newest first, or in the order of a code."""

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
    """The end of a page: timestamp and id of its last row."""

    timestamp: datetime
    id: UUID


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows of one page, and the cursor of the next page (None on the last page)."""

    rows: Sequence[Row]
    next_cursor: str | None


def slice_page(rows: Sequence[Row], query: PageQuery, key: Callable[[Row], Key]) -> Slice[Row]:
    """Build the page from `limit + 1` rows. The extra row only shows that there is a next page."""
    page_rows = rows[: query.limit]
    return Slice(page_rows, encode_key(key(page_rows[-1])) if len(rows) > query.limit else None)


def slice_page_by_code(rows: Sequence[Row], query: PageQuery, code: Callable[[Row], str]) -> Slice[Row]:
    """Build the page like `slice_page`, for a list in the order of a code."""
    page_rows = rows[: query.limit]
    return Slice(page_rows, encode([code(page_rows[-1])]) if len(rows) > query.limit else None)


def encode(parts: Sequence[str | int]) -> str:
    """Return an opaque cursor that contains these values."""
    return base64.urlsafe_b64encode(json.dumps(list(parts), separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str) -> list[str | int]:
    """Return the values of a cursor. Raises: CursorUnreadable for a text that `encode` did not produce."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorUnreadable from None
    if not isinstance(parts, list) or not all(type(part) in (str, int) for part in parts):
        raise CursorUnreadable
    return parts


def decode_code(cursor: str | None) -> str | None:
    """Return the code in the cursor of a list in the order of a code; None without a cursor.

    Raises: CursorUnreadable.
    """
    if cursor is None:
        return None
    match decode(cursor):
        case [str() as code] if code and code.isascii() and code.isprintable():
            return code
    raise CursorUnreadable


def encode_key(key: Key) -> str:
    """Return the cursor of the page after `key`."""
    return encode([key.timestamp.isoformat(), key.id.hex])


def decode_key(cursor: str | None) -> Key | None:
    """Return the key in the cursor of a list, newest first; None without a cursor.

    Raises: CursorUnreadable.
    """
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
    """Filter by the fields of the query with these names: column equals value.

    A field that is None does not filter.
    """
    for name in names:
        if (value := getattr(query, name)) is not None:
            statement = statement.where(getattr(table, name) == value)
    return statement


def newest_first(
    statement: Statement, timestamp: Mapped[datetime], identifier: Mapped[UUID], query: PageQuery
) -> Statement:
    """Order newest first, start after the cursor, and fetch one row more than the page needs.

    Raises: CursorUnreadable.
    """
    key = decode_key(query.cursor)
    if key:
        start = sa.tuple_(sa.literal(key.timestamp), sa.literal(key.id))
        statement = statement.where(sa.tuple_(timestamp, identifier) < start)
    return statement.order_by(timestamp.desc(), identifier.desc()).limit(query.limit + 1)


def by_code(statement: Statement, code: Mapped[str], query: PageQuery) -> Statement:
    """Order by a code, start after the cursor, and fetch one row more than the page needs.

    Raises: CursorUnreadable.
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
    """Load one page, newest first by timestamp and id. Raises: CursorUnreadable."""
    rows = (await session.exec(newest_first(statement, timestamp, identifier, query))).all()
    timestamp_name, id_name = (cast(InstrumentedAttribute[Any], column).key for column in (timestamp, identifier))
    return slice_page(rows, query, lambda row: Key(getattr(row, timestamp_name), getattr(row, id_name)))
