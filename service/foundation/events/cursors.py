"""Public cursors of the feed: (epoch, position).

After a restore a reader may get events twice, but misses none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.foundation.errors import CursorUnreadable
from service.foundation.paging import decode, encode


@dataclass(frozen=True)
class FeedCursor:
    """The last position a reader has read, and the epoch of that position."""

    epoch: int
    position: int


@dataclass(frozen=True)
class EpochStart:
    """An epoch and its first position."""

    epoch: int
    first_position: int


def encode_feed(cursor: FeedCursor) -> str:
    """Return the cursor as an opaque text."""
    return encode(["feed", cursor.epoch, cursor.position])


def decode_feed(cursor: str) -> FeedCursor:
    """Return the cursor of an opaque text. Raises: CursorUnreadable."""
    parts = decode(cursor)
    match parts:
        case ["feed", int() as epoch, int() as position] if epoch > 0 and 0 <= position < 2**63:
            return FeedCursor(epoch, position)
    raise CursorUnreadable


def resume(cursor: FeedCursor, epochs: Sequence[EpochStart]) -> FeedCursor:
    """Return the cursor in the newest epoch at which a reader continues.

    `epochs` are all epochs, in order.

    In an older epoch, positions from the start of the next epoch on were lost with the old database. So the reader
    goes back to that start.
    Raises: CursorUnreadable for an unknown epoch.
    """
    if cursor.epoch > epochs[-1].epoch:
        raise CursorUnreadable
    later_starts = [start.first_position - 1 for start in epochs if start.epoch > cursor.epoch]
    return FeedCursor(epochs[-1].epoch, min([cursor.position, *later_starts]))
