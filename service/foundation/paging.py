"""Paging by key, newest first, with cursors that only we can read meaning into."""

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
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from service.foundation.errors import CursorUnreadable

Row = TypeVar("Row")


@dataclass(frozen=True)
class Key:
    """Where a page ended: the moment and id of its last row."""

    moment: datetime
    id: UUID


@dataclass(frozen=True)
class PageQuery:
    """What the caller asked for: at most `limit` rows after `after`."""

    limit: int
    after: Key | None


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """The rows of one page and the key to go on from."""

    rows: Sequence[Row]
    last: Key | None


def sliced(rows: Sequence[Row], limit: int, key: Callable[[Row], Key]) -> Slice[Row]:
    """The page out of `limit + 1` rows read: the one too many only says that there is more."""
    shown = rows[:limit]
    return Slice(shown, key(shown[-1]) if len(rows) > limit else None)


def encode(parts: Sequence[str | int]) -> str:
    """An opaque cursor of a few plain values."""
    return base64.urlsafe_b64encode(json.dumps(list(parts), separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str) -> list[str | int]:
    """The values inside a cursor. Raises CursorUnreadable for anything we did not make."""
    try:
        parts = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise CursorUnreadable from None
    if not isinstance(parts, list) or not all(type(part) in (str, int) for part in parts):
        raise CursorUnreadable
    return parts


def decode_word(cursor: str | None) -> str | None:
    """The one word inside a cursor of a list that runs by code. Raises CursorUnreadable."""
    if cursor is None:
        return None
    match decode(cursor):
        case [str() as word] if word and word.isascii() and word.isprintable():
            return word
    raise CursorUnreadable


def encode_key(key: Key | None) -> str | None:
    """The cursor of a list; None on its last page."""
    return encode([key.moment.isoformat(), key.id.hex]) if key else None


def decode_key(cursor: str | None) -> Key | None:
    """The key inside a list's cursor. Raises CursorUnreadable."""
    if cursor is None:
        return None
    try:
        moment, identifier = decode(cursor)
        key = Key(datetime.fromisoformat(str(moment)), UUID(str(identifier)))
    except ValueError:
        raise CursorUnreadable from None
    if key.moment.tzinfo is None:
        raise CursorUnreadable
    return key


def after(moment: Mapped[datetime], identifier: Mapped[UUID], key: Key) -> sa.ColumnElement[bool]:
    """The WHERE that starts a page behind `key`, newest first."""
    return sa.tuple_(moment, identifier) < sa.tuple_(sa.literal(key.moment), sa.literal(key.id))


async def newest_first(
    session: AsyncSession,
    statement: SelectOfScalar[Row],
    moment: Mapped[datetime],
    identifier: Mapped[UUID],
    page: PageQuery,
) -> Slice[Row]:
    """The page asked for of a list of rows that runs by moment and id."""
    if page.after:
        statement = statement.where(after(moment, identifier, page.after))
    ordered = statement.order_by(moment.desc(), identifier.desc()).limit(page.limit + 1)
    rows = (await session.exec(ordered)).all()
    at, called = (cast(InstrumentedAttribute[Any], one).key for one in (moment, identifier))
    return sliced(rows, page.limit, lambda row: Key(getattr(row, at), getattr(row, called)))
