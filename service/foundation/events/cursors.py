"""Public cursors of the feed: (epoch, position). After a restore there are repeats by id, never holes."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.foundation.errors import CursorUnreadable
from service.foundation.paging import decode, encode


@dataclass(frozen=True)
class FeedCursor:
    """The last position a reader has seen, and the epoch it was seen on."""

    epoch: int
    position: int


@dataclass(frozen=True)
class Opened:
    """A epoch and the first position on it."""

    epoch: int
    first_position: int


def encode_feed(cursor: FeedCursor) -> str:
    return encode(["feed", cursor.epoch, cursor.position])


def decode_feed(cursor: str) -> FeedCursor:
    """Raises CursorUnreadable."""
    parts = decode(cursor)
    match parts:
        case ["feed", int() as epoch, int() as position] if epoch > 0 and 0 <= position < 2**63:
            return FeedCursor(epoch, position)
    raise CursorUnreadable


def resume(cursor: FeedCursor, opened: Sequence[Opened]) -> FeedCursor:
    """Where a reader goes on, given all epochs in order.

    On an older epoch the positions above the start of the next one were lost with the old database, so the
    reader steps back to that start. Raises CursorUnreadable for a epoch that never was.
    """
    if cursor.epoch > opened[-1].epoch:
        raise CursorUnreadable
    later = [one.first_position - 1 for one in opened if one.epoch > cursor.epoch]
    return FeedCursor(opened[-1].epoch, min([cursor.position, *later]))
