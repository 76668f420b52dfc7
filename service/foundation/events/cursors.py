"""Public cursors of the feed: (timeline, position). After a restore there are repeats by id, never holes."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.foundation.errors import CursorUnreadable
from service.foundation.paging import decode, encode


@dataclass(frozen=True)
class FeedCursor:
    """The last position a reader has seen, and the timeline it was seen on."""

    timeline: int
    position: int


@dataclass(frozen=True)
class Opened:
    """A timeline and the first position on it."""

    timeline: int
    first_position: int


def encode_feed(cursor: FeedCursor) -> str:
    return encode(["feed", cursor.timeline, cursor.position])


def decode_feed(cursor: str) -> FeedCursor:
    """Raises CursorUnreadable."""
    parts = decode(cursor)
    match parts:
        case ["feed", int() as timeline, int() as position] if timeline > 0 and 0 <= position < 2**63:
            return FeedCursor(timeline, position)
    raise CursorUnreadable


def resume(cursor: FeedCursor, opened: Sequence[Opened]) -> FeedCursor:
    """Where a reader goes on, given all timelines in order.

    On an older timeline the positions above the start of the next one were lost with the old database, so the
    reader steps back to that start. Raises CursorUnreadable for a timeline that never was.
    """
    if cursor.timeline > opened[-1].timeline:
        raise CursorUnreadable
    later = [one.first_position - 1 for one in opened if one.timeline > cursor.timeline]
    return FeedCursor(opened[-1].timeline, min([cursor.position, *later]))
