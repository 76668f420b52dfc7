"""Reading the feed: only by position, only the rows of the reader's own audience."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas import events
from schemas.events import CATALOGUE, EventName
from schemas.events.base import Catalogue, CatalogueLine, EventOut, ReceiverOut
from service.foundation.events.cursors import FeedCursor, Opened, resume
from service.foundation.events.links import link
from service.foundation.events.tables import Audience, Epoch, Event, Feed, Relay


@dataclass(frozen=True)
class FeedSlice:
    """Events for a reader, oldest first, and where to go on."""

    events: Sequence[Event]
    next: FeedCursor
    is_complete: bool


async def epochs(session: AsyncSession) -> Sequence[Opened]:
    """All epochs, first to last."""
    rows = (await session.exec(select(Epoch).order_by(col(Epoch.number)))).all()
    return [Opened(row.number, row.first_position) for row in rows]


async def feed_after(
    session: AsyncSession,
    readers: sa.Select[UUID],
    cursor: FeedCursor | None,
    limit: int,
    *,
    withheld: sa.Select[UUID] | None = None,
) -> FeedSlice:
    """Events of the readers' audience after `cursor` (None: from the beginning), without `withheld` subjects.

    Raises CursorUnreadable.
    """
    opened = await epochs(session)
    start = resume(cursor or FeedCursor(opened[-1].epoch, 0), opened)
    positions = (
        select(Audience.position)
        .where(col(Audience.reader_id).in_(readers), col(Audience.position) > start.position)
        .distinct()
        .order_by(col(Audience.position))
        .limit(limit + 1)
        .subquery()
    )
    rows = (
        await session.exec(
            select(Event, positions.c.position)
            .join(Feed, col(Feed.event_id) == col(Event.id))
            .join(positions, positions.c.position == col(Feed.position))
            .order_by(positions.c.position)
        )
    ).all()
    read = rows[:limit]
    last = read[-1][1] if read else start.position
    told_of = {event.id: {event.subject_id, *_pointed_at(event)} for event, _ in read}
    hidden = await _among(session, withheld, set().union(*told_of.values())) if withheld is not None else set()
    shown = [event for event, _ in read if hidden.isdisjoint(told_of[event.id])]
    return FeedSlice(shown, FeedCursor(start.epoch, last), len(rows) <= limit)


def _pointed_at(event: Event) -> list[UUID]:
    """What an event only points at: an item of the inbox is withheld together with what it is about."""
    about = event.payload.get("about_id")
    return [UUID(about)] if about else []


async def _among(session: AsyncSession, ids: sa.Select[UUID], wanted: set[UUID]) -> set[UUID]:
    """Those of the wanted that are among the ids: asked of one page, so that the feed stays as fast as it was."""
    held = ids.subquery()
    found = await (await session.connection()).execute(sa.select(held.c[0]).where(held.c[0].in_(wanted)))
    return set(found.scalars())


UNFED = sa.text(
    "SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float AS lag_s FROM ("
    " SELECT event.recorded_at FROM event JOIN relay ON event.epoch = relay.epoch"
    " AND (event.transaction_id, event.id) > (relay.transaction_id, relay.event_id)"
    " ORDER BY event.transaction_id, event.id LIMIT 10000) AS unfed"
)


async def feed_lag(session: AsyncSession) -> tuple[int, float]:
    """How many events (counted up to 10,000) wait for the relay, and the age of the oldest in seconds."""
    row = (await (await session.connection()).execute(UNFED)).one()
    return row.events, row.lag_s


async def last_position(session: AsyncSession) -> int:
    """The newest position of the feed."""
    return (await session.exec(select(Relay.position))).one()


def catalogue() -> Catalogue:
    """Every event there is, with what a reader may rely on."""
    lines = [
        CatalogueLine(
            type=name,
            zh=described.zh,
            en=name.value.replace(".", " ").replace("_", " "),
            receivers=[ReceiverOut(code=one.name.lower(), zh=one.zh, en=one.en) for one in described.receivers],
            but=described.but,
            is_outward=described.outward,
            is_to_be_read_anew=described.is_to_be_read_anew,
            example=described.example,
        )
        for name, described in CATALOGUE.items()
    ]
    return Catalogue(contract=(events.__doc__ or "").strip(), events=lines)


def shown(event: Event, public_url: str) -> EventOut:
    """The event as feed and webhooks give it."""
    name = EventName(event.name)
    return EventOut(
        id=event.id,
        type=name,
        timestamp=event.occurred_at,
        subject_id=event.subject_id,
        link=link(public_url, name, event.subject_id),
        payload=event.payload,
    )
