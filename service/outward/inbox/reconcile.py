"""Reconcile the inbox with the data: open missing items and close those whose reason is gone.

It compares with the current data, not with the order of events, so it is idempotent: a replay, a restore or a second
worker opens nothing twice, and the whole inbox can be rebuilt (`grassroots inbox rebuild`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.columns import TEXTS, TIMESTAMP, UUIDS
from service.foundation.events.actors import ActorKind
from service.foundation.events.record import event_insert_sql
from service.foundation.events.tables import Timer
from service.foundation.ids import new_id
from service.foundation.locks import AdvisoryLock, lock_exclusively, try_lock_exclusively
from service.foundation.manifest.handlers import RelayBatch
from service.foundation.manifest.inbox_rules import InboxRule
from service.outward.inbox.tables import InboxItem

LAPSE_TIMER = "inbox_item.lapses"
"""The timer of an optional item: the item closes when it fires."""
WANTED = """
SELECT subject_id FROM ({waiting}) AS wanted (person_id, organisation_id, subject_id, about_id, due_at, lapses_at)
WHERE lapses_at IS NULL OR lapses_at > :now
"""
DIFFERENCE = """
WITH wanted_item AS MATERIALIZED (
    SELECT * FROM ({waiting}) AS wanted (person_id, organisation_id, subject_id, about_id, due_at, lapses_at)
    WHERE lapses_at IS NULL OR lapses_at > :now
), open_item AS MATERIALIZED (
    SELECT id, subject_id, coalesce(person_id, organisation_id) AS reader_id, due_at FROM inbox_item
    WHERE kind = :kind AND closed_at IS NULL AND subject_id = ANY(:subjects)
)
SELECT wanted_item.*, open_item.id
FROM wanted_item FULL JOIN open_item
    ON open_item.subject_id = wanted_item.subject_id
    AND open_item.reader_id = coalesce(wanted_item.person_id, wanted_item.organisation_id)
WHERE open_item.id IS NULL OR wanted_item.subject_id IS NULL OR open_item.due_at IS DISTINCT FROM wanted_item.due_at
"""
SOURCES = sa.text(
    "SELECT DISTINCT ON (subject_id) subject_id, id FROM event WHERE subject_id = ANY(:subjects) AND name = ANY(:names)"
    " ORDER BY subject_id, epoch DESC, transaction_id DESC, id DESC"
).bindparams(sa.bindparam("subjects", type_=UUIDS), sa.bindparam("names", type_=TEXTS))
ITEM_EVENTS = sa.text(
    event_insert_sql(
        InboxItem,
        "item",
        (EventName.INBOX_ITEM_OPENED, EventName.INBOX_ITEM_CLOSED),
        event_id="changed.event_id",
        occurred_at=":now",
        actor_kind=ActorKind.SYSTEM,
        organisation_ids="array_remove(ARRAY[item.organisation_id], NULL)",
        person_ids="array_remove(ARRAY[item.person_id], NULL)",
        payload={"kind": "item.kind", "about_id": "item.about_id", "due_at": "item.due_at"},
    )
    + " FROM unnest(:event_ids, :item_ids) AS changed (event_id, item_id)"
    " JOIN inbox_item AS item ON item.id = changed.item_id"
).bindparams(
    sa.bindparam("event_ids", type_=UUIDS), sa.bindparam("item_ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP)
)


async def try_lock_inbox(session: AsyncSession) -> bool:
    """Lock the inbox if it is free. The timer sweep must not wait, because it has locked timers."""
    return await try_lock_exclusively(session, AdvisoryLock.INBOX)


async def lock_inbox(session: AsyncSession) -> None:
    """Lock the inbox, so that relay, rebuild and timer sweep read each other's writes."""
    await lock_exclusively(session, AdvisoryLock.INBOX)


async def reconcile_inbox(
    session: AsyncSession, kind: InboxKind, rule: InboxRule, subjects: Sequence[UUID], now: datetime
) -> tuple[int, int]:
    """Reconcile these subjects. Returns the numbers of opened and closed items.

    The caller has locked the inbox.
    """
    connection = await session.connection()
    if rule.also:
        more = sa.text(rule.also).bindparams(sa.bindparam("subjects", type_=UUIDS))
        subjects = [*subjects, *(await connection.execute(more, {"subjects": list(subjects)})).scalars()]
    statement = rule.statement(DIFFERENCE, "= ANY(:subjects)").bindparams(kind=kind.value)
    rows = (await connection.execute(statement, {"subjects": list(subjects), "now": now})).all()
    stale_ids = [row.id for row in rows if row.subject_id is None]
    for row in rows:
        if row.id and row.subject_id:
            await connection.execute(sa.update(InboxItem).where(col(InboxItem.id) == row.id).values(due_at=row.due_at))
    opened = await _open_items(session, kind, rule, [row for row in rows if row.id is None], now)
    return opened, await close_items(session, stale_ids, now)


async def reconcile_batch(batch: RelayBatch) -> None:
    """Reconcile the subjects of a relay batch, once for each kind whose rule their events touch."""
    subjects_by_kind = {
        kind: {event.subject_id for event in batch.events if event.name in rule.triggers}
        for kind, rule in batch.inbox_rules.items()
    }
    if any(subjects_by_kind.values()):
        await lock_inbox(batch.session)
    for kind, subjects in subjects_by_kind.items():
        if subjects:
            await reconcile_inbox(batch.session, kind, batch.inbox_rules[kind], sorted(subjects), batch.now)


async def close_lapsed(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Close optional items whose time is over. If the inbox is locked, the next sweep does it."""
    if not await try_lock_inbox(session):
        return ()
    await close_items(session, list(due), now)
    return due.keys()


async def close_items(session: AsyncSession, item_ids: Sequence[UUID], now: datetime) -> int:
    """Close the items that are open and record their events. Returns how many were closed."""
    if not item_ids:
        return 0
    statement = (
        sa.update(InboxItem)
        .where(col(InboxItem.id).in_(item_ids), col(InboxItem.closed_at).is_(None))
        .values(closed_at=now, version=InboxItem.version + 1)
        .returning(col(InboxItem.id))
    )
    closed_ids = (await (await session.connection()).execute(statement)).scalars().all()
    await _record_events(session, EventName.INBOX_ITEM_CLOSED, closed_ids, now)
    return len(closed_ids)


async def _open_items(
    session: AsyncSession, kind: InboxKind, rule: InboxRule, rows: Sequence[Any], now: datetime
) -> int:
    if not rows:
        return 0
    connection = await session.connection()
    values = {"subjects": list({row.subject_id for row in rows}), "names": [name.value for name in rule.opens]}
    sources = {row.subject_id: row.id for row in await connection.execute(SOURCES, values)}
    items = [
        InboxItem(
            id=new_id(),
            kind=kind,
            person_id=row.person_id,
            organisation_id=row.organisation_id,
            subject_id=row.subject_id,
            about_id=row.about_id,
            event_id=sources.get(row.subject_id),
            due_at=row.due_at,
            opened_at=now,
        )
        for row in rows
    ]
    session.add_all(items)
    session.add_all(
        Timer(subject_id=item.id, kind=LAPSE_TIMER, due_at=row.lapses_at)
        for item, row in zip(items, rows, strict=True)
        if row.lapses_at
    )
    await session.flush()
    await _record_events(session, EventName.INBOX_ITEM_OPENED, [item.id for item in items], now)
    return len(items)


async def _record_events(session: AsyncSession, name: EventName, item_ids: Sequence[UUID], now: datetime) -> None:
    values = {"name": name.value, "item_ids": item_ids, "event_ids": [new_id() for _ in item_ids], "now": now}
    if item_ids:
        await (await session.connection()).execute(ITEM_EVENTS, values)


async def open_subjects(session: AsyncSession, kind: InboxKind) -> Sequence[UUID]:
    """The subjects of the open items of this kind."""
    statement = select(InboxItem.subject_id).where(InboxItem.kind == kind, col(InboxItem.closed_at).is_(None))
    return (await session.exec(statement)).all()


async def wanted_subjects(session: AsyncSession, rule: InboxRule, now: datetime) -> Sequence[UUID]:
    """All subjects that need an item of this rule now, for a rebuild."""
    statement = rule.statement(WANTED, "IS NOT NULL")
    return (await (await session.connection()).execute(statement, {"now": now})).scalars().all()
