"""Record `person.rights_changed` when rights begin or end, so that phones reload their data.

The event has several causes: a posting of the person, a posting of the leader whose delegate the person is, a
link between organisations, a change of the tree, or a date. `record_rights_changes` handles every batch of the outbox
relay and derives the event from the other events, so code that changes postings need not emit it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.columns import TIMESTAMP, UUIDS
from service.foundation.events.actors import ActorKind
from service.foundation.events.record import event_insert_sql
from service.foundation.ids import new_id
from service.foundation.manifest.handlers import RelayBatch
from service.identity.people.tables import Person

BEGINS, ENDS = "posting.begins", "posting.ends"
LINK_BEGINS, LINK_ENDS = "organisation_link.begins", "organisation_link.ends"
"""The timers of postings and links that begin or end in the future."""

# a delegate's rights rest on the posting of the leader
PERSONS_OF_POSTINGS = sa.text(
    """
SELECT posting.person_id FROM posting WHERE posting.id = ANY(:ids) AND posting.valid_from <= :now
UNION
SELECT delegate.person_id FROM posting JOIN posting AS delegate
    ON delegate.delegate_of = posting.person_id AND delegate.organisation_id = posting.organisation_id
WHERE posting.id = ANY(:ids) AND posting.role = 'leader' AND posting.valid_from <= :now
"""
).bindparams(sa.bindparam("ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP))
SET_TIMERS = """
INSERT INTO timer (subject_id, kind, due_at)
SELECT id, :begins, valid_from FROM {table} WHERE id = ANY(:ids) AND valid_from > :now
UNION ALL
SELECT id, :ends, valid_until FROM {table} WHERE id = ANY(:ids) AND valid_until > :now
ON CONFLICT (subject_id, kind) DO UPDATE SET due_at = excluded.due_at
"""
# a link gives rights to the persons posted in its organisations, and takes rights from those below
PERSONS_OF_LINKS = sa.text(
    """
SELECT DISTINCT posting.person_id FROM organisation_link AS link
JOIN organisation AS tied ON tied.id IN (link.from_id, link.to_id)
JOIN organisation AS below ON below.path <@ tied.path
JOIN posting ON posting.organisation_id = below.id
WHERE link.id = ANY(:ids) AND link.valid_from <= :now
    AND posting.valid_from <= :now AND (posting.valid_until IS NULL OR posting.valid_until > :now)
"""
).bindparams(sa.bindparam("ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP))
# persons above reach the organisation by posting or by a link; persons below now have other organisations above them
PERSONS_AROUND = sa.text(
    """
WITH affected AS (
    SELECT above.id FROM organisation AS changed JOIN organisation AS above ON above.path @> changed.path
    WHERE changed.id = ANY(:ids) OR changed.id = ANY(:beside)
    UNION
    SELECT below.id FROM organisation AS changed JOIN organisation AS below ON below.path <@ changed.path
    WHERE changed.id = ANY(:ids)
), reaching AS (
    SELECT id FROM affected
    UNION
    SELECT link.from_id FROM organisation_link AS link JOIN affected ON affected.id = link.to_id
    WHERE link.valid_from <= :now AND (link.valid_until IS NULL OR link.valid_until > :now)
)
SELECT DISTINCT posting.person_id FROM posting JOIN reaching ON reaching.id = posting.organisation_id
WHERE posting.valid_from <= :now AND (posting.valid_until IS NULL OR posting.valid_until > :now)
"""
).bindparams(
    sa.bindparam("ids", type_=UUIDS), sa.bindparam("beside", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP)
)
RIGHTS_CHANGED = sa.text(
    event_insert_sql(
        Person,
        "person",
        EventName.PERSON_RIGHTS_CHANGED,
        event_id="concerned.event_id",
        occurred_at=":now",
        actor_kind=ActorKind.SYSTEM,
        person_ids="ARRAY[person.id]",
    )
    + " FROM unnest(:event_ids, :person_ids) AS concerned (event_id, person_id)"
    " JOIN person ON person.id = concerned.person_id"
).bindparams(
    sa.bindparam("event_ids", type_=UUIDS),
    sa.bindparam("person_ids", type_=UUIDS),
    sa.bindparam("now", type_=TIMESTAMP),
)


async def record_for_postings(session: AsyncSession, posting_ids: Sequence[UUID], now: datetime) -> None:
    """Record the event for postings already in force, and set timers for future dates."""
    await _set_timers(session, "posting", posting_ids, now)
    await _record_events(session, PERSONS_OF_POSTINGS, now, ids=posting_ids)


async def record_for_links(session: AsyncSession, link_ids: Sequence[UUID], now: datetime) -> None:
    """Record the event for links already in force, and set timers for future dates."""
    await _set_timers(session, "organisation_link", link_ids, now)
    await _record_events(session, PERSONS_OF_LINKS, now, ids=link_ids)


async def record_for_tree(
    session: AsyncSession, changed: Sequence[UUID], beside: Sequence[UUID], now: datetime
) -> None:
    """Record the event after organisations were moved or closed.

    It goes to persons above and below them, and to persons above the organisations in `beside`.
    """
    await _record_events(session, PERSONS_AROUND, now, ids=changed, beside=beside)


async def record_for_due_postings(
    session: AsyncSession, due: Mapping[UUID, datetime], now: datetime
) -> Collection[UUID]:
    """Record the event for postings that begin or end now."""
    await _record_events(session, PERSONS_OF_POSTINGS, now, ids=list(due))
    return due.keys()


async def record_for_due_links(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Record the event for links that begin or end now."""
    await _record_events(session, PERSONS_OF_LINKS, now, ids=list(due))
    return due.keys()


async def _set_timers(session: AsyncSession, table: str, ids: Sequence[UUID], now: datetime) -> None:
    statement = sa.text(SET_TIMERS.format(table=table)).bindparams(
        sa.bindparam("ids", type_=UUIDS),
        sa.bindparam("now", type_=TIMESTAMP),
        begins=f"{table}.begins",
        ends=f"{table}.ends",
    )
    await (await session.connection()).execute(statement, {"ids": list(ids), "now": now})


async def _record_events(
    session: AsyncSession, select_persons: sa.TextClause, now: datetime, **ids: Sequence[UUID]
) -> None:
    """Record the event once for each selected person."""
    connection = await session.connection()
    values = {name: list(values) for name, values in ids.items()} | {"now": now}
    persons = (await connection.execute(select_persons, values)).scalars().all()
    if persons:
        events = {"person_ids": persons, "event_ids": [new_id() for _ in persons], "now": now}
        await connection.execute(RIGHTS_CHANGED, events)


MOVED = frozenset({EventName.ORGANISATION_MOVED, EventName.ORGANISATION_CLOSED})
BESIDE = ("from_id", "to_id", "successor_id")
"""The payload fields that name other organisations: the old parent, the new parent, the successor."""


async def record_rights_changes(batch: RelayBatch) -> None:
    """Record rights changes caused by a batch of the outbox relay, and set timers for future dates."""
    postings = batch.subjects_of(EventName.POSTING_STARTED, EventName.POSTING_ENDED)
    links = batch.subjects_of(EventName.ORGANISATION_LINK_STARTED, EventName.ORGANISATION_LINK_ENDED)
    moved = [event for event in batch.events if event.name in MOVED]
    if postings:
        await record_for_postings(batch.session, postings, batch.now)
    if links:
        await record_for_links(batch.session, links, batch.now)
    if moved:
        beside = [UUID(event.payload[name]) for event in moved for name in BESIDE if event.payload.get(name)]
        await record_for_tree(batch.session, [event.subject_id for event in moved], beside, batch.now)
