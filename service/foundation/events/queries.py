"""Read the feed by position; a reader gets only the events of its own audience."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas import events
from schemas.events import CATALOGUE, EventName
from schemas.events.base import Catalogue, CatalogueLine, EventOut, ReceiverOut
from service.foundation.events.cursors import EpochStart, FeedCursor, resume
from service.foundation.events.tables import Audience, Epoch, Event, Feed, Relay
from service.foundation.links import Links


@dataclass(frozen=True)
class FeedSlice:
    """Events for a reader, oldest first, and the cursor to continue with."""

    events: Sequence[Event]
    next: FeedCursor
    is_complete: bool


async def epochs(session: AsyncSession) -> Sequence[EpochStart]:
    """Return all epochs in order."""
    rows = (await session.exec(select(Epoch).order_by(col(Epoch.number)))).all()
    return [EpochStart(row.number, row.first_position) for row in rows]


async def feed_after(
    session: AsyncSession,
    readers: sa.Select[UUID],
    cursor: FeedCursor | None,
    limit: int,
    *,
    hidden_subjects: sa.Select[UUID] | None = None,
) -> FeedSlice:
    """Return events for these readers after `cursor` (None: all), without the hidden subjects.

    Raises: CursorUnreadable.
    """
    all_epochs = await epochs(session)
    start = resume(cursor or FeedCursor(all_epochs[-1].epoch, 0), all_epochs)
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
    page = rows[:limit]
    last_position = page[-1][1] if page else start.position
    subjects = {event.id: {event.subject_id, *_about_ids(event)} for event, _ in page}
    hidden: set[UUID] = set()
    if hidden_subjects is not None:
        hidden = await _intersection(session, hidden_subjects, set().union(*subjects.values()))
    visible = [event for event, _ in page if hidden.isdisjoint(subjects[event.id])]
    return FeedSlice(visible, FeedCursor(start.epoch, last_position), len(rows) <= limit)


def _about_ids(event: Event) -> list[UUID]:
    """Return the `about_id` of an inbox item: the item is hidden together with the record it is about."""
    about_id = event.payload.get("about_id")
    return [UUID(about_id)] if about_id else []


async def _intersection(session: AsyncSession, statement: sa.Select[UUID], ids: set[UUID]) -> set[UUID]:
    """Return those of the ids that the statement selects.

    It checks one page only, so that the feed stays fast.
    """
    selected = statement.subquery()
    rows = await (await session.connection()).execute(sa.select(selected.c[0]).where(selected.c[0].in_(ids)))
    return set(rows.scalars())


UNFED = sa.text(
    "SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float AS lag_s FROM ("
    " SELECT event.recorded_at FROM event JOIN relay ON event.epoch = relay.epoch"
    " AND (event.transaction_id, event.id) > (relay.transaction_id, relay.event_id)"
    " ORDER BY event.transaction_id, event.id LIMIT 10000) AS unfed"
)


async def feed_lag(session: AsyncSession) -> tuple[int, float]:
    """Return how many events wait for the relay (10,000 at most), and the oldest one's age in seconds."""
    row = (await (await session.connection()).execute(UNFED)).one()
    return row.events, row.lag_s


async def last_position(session: AsyncSession) -> int:
    """Return the newest position of the feed."""
    return (await session.exec(select(Relay.position))).one()


def catalogue() -> Catalogue:
    """Return the event catalogue: the contract of the feed and all events."""
    lines = [
        CatalogueLine(
            type=name,
            zh=described.zh,
            en=name.value.replace(".", " ").replace("_", " "),
            receivers=[
                ReceiverOut(code=receiver.name.lower(), zh=receiver.zh, en=receiver.en)
                for receiver in described.receivers
            ],
            exceptions=described.exceptions,
            is_outward=described.outward,
            requires_reload=described.requires_reload,
            example=described.example,
        )
        for name, described in CATALOGUE.items()
    ]
    return Catalogue(contract=(events.__doc__ or "").strip(), events=lines)


def event_out(event: Event, links: Links) -> EventOut:
    """Return the event in the form of the feed and of webhooks."""
    name = EventName(event.name)
    return EventOut(
        id=event.id,
        type=name,
        timestamp=event.occurred_at,
        subject_id=event.subject_id,
        link=links.of(name, event.subject_id),
        payload=event.payload,
    )
