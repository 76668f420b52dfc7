"""Making the inbox agree with what is: what waits and has no item gets one, what has an item and no longer waits is
closed. It asks for the state of things, not for the order of events, so doing it again changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.outward.inbox import InboxKind
from service.foundation.columns import TEXTS, TIMESTAMP, UUIDS
from service.foundation.events.digest import digest_sql
from service.foundation.events.tables import Timer
from service.foundation.ids import new_id
from service.outward.inbox.tables import InboxItem

LAPSES = "inbox_item.lapses"
"""The clock of what nobody has to do: it closes by itself."""
CHOSEN = "{chosen}"


@dataclass(frozen=True)
class Rule:
    """What makes items of one kind wait: events that may open one, events that may close one, and the truth in SQL.

    `waiting` selects (person_id, organisation_id, subject_id, about_id, due_at, lapses_at) with `{chosen}` for the
    subjects looked at. `also` finds further subjects that an event about one may concern.
    """

    opens: tuple[EventName, ...]
    closes: tuple[EventName, ...]
    waiting: str
    also: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)

    @property
    def touched_by(self) -> frozenset[EventName]:
        return frozenset((*self.opens, *self.closes))

    def statement(self, around: str, chosen: str) -> sa.TextClause:
        """`around` with what waits put in at `{waiting}`, its own values bound."""
        types = {"now": TIMESTAMP, "subjects": UUIDS, **self.types}
        whole = sa.text(around.format(waiting=self.waiting.replace(CHOSEN, chosen)))
        named = whole.compile().params
        bound = [sa.bindparam(name, type_=types[name]) for name in types if name in named]
        return whole.bindparams(*bound).bindparams(**self.values)


WAITING = """
SELECT subject_id FROM ({waiting}) AS said (person_id, organisation_id, subject_id, about_id, due_at, lapses_at)
WHERE lapses_at IS NULL OR lapses_at > :now
"""
DIFFERENCE = """
WITH waiting AS MATERIALIZED (
    SELECT * FROM ({waiting}) AS said (person_id, organisation_id, subject_id, about_id, due_at, lapses_at)
    WHERE lapses_at IS NULL OR lapses_at > :now
), known AS MATERIALIZED (
    SELECT id, subject_id, coalesce(person_id, organisation_id) AS reader_id, due_at FROM inbox_item
    WHERE kind = :kind AND closed_at IS NULL AND subject_id = ANY(:subjects)
)
SELECT waiting.*, known.id
FROM waiting FULL JOIN known
    ON known.subject_id = waiting.subject_id
    AND known.reader_id = coalesce(waiting.person_id, waiting.organisation_id)
WHERE known.id IS NULL OR waiting.subject_id IS NULL OR known.due_at IS DISTINCT FROM waiting.due_at
"""
SOURCES = sa.text(
    "SELECT DISTINCT ON (subject_id) subject_id, id FROM event WHERE subject_id = ANY(:subjects) AND name = ANY(:names)"
    " ORDER BY subject_id, epoch DESC, transaction_id DESC, id DESC"
).bindparams(sa.bindparam("subjects", type_=UUIDS), sa.bindparam("names", type_=TEXTS))
TELL = sa.text(
    f"""
INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest)
SELECT told.event_id, :name, item.id, array_remove(ARRAY[item.organisation_id], NULL),
    array_remove(ARRAY[item.person_id], NULL), NULL, :now,
    jsonb_build_object('kind', item.kind, 'about_id', item.about_id, 'due_at', item.due_at),
    {digest_sql(InboxItem, "item")}
FROM unnest(:event_ids, :item_ids) AS told (event_id, item_id) JOIN inbox_item AS item ON item.id = told.item_id
"""  # noqa: S608 - names of our own columns; every value is bound
).bindparams(
    sa.bindparam("event_ids", type_=UUIDS), sa.bindparam("item_ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP)
)
ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(7210433)")
IF_FREE = sa.text("SELECT pg_try_advisory_xact_lock(7210433)")


async def takes_its_turn(session: AsyncSession) -> bool:
    """Whether it is free: for the sweep, which holds timers and must wait for nobody."""
    return bool(await (await session.connection()).scalar(IF_FREE))


async def one_at_a_time(session: AsyncSession) -> None:
    """Let the relay, a rebuild and the sweep take turns: what each reads is newer than the others' writes."""
    await (await session.connection()).execute(ONE_AT_A_TIME)


async def settle(
    session: AsyncSession, kind: InboxKind, rule: Rule, subjects: Sequence[UUID], now: datetime
) -> tuple[int, int]:
    """Open and close what these subjects need; how many of each. The caller has taken its turn."""
    connection = await session.connection()
    if rule.also:
        more = sa.text(rule.also).bindparams(sa.bindparam("subjects", type_=UUIDS))
        subjects = [*subjects, *(await connection.execute(more, {"subjects": list(subjects)})).scalars()]
    statement = rule.statement(DIFFERENCE, "= ANY(:subjects)").bindparams(kind=kind.value)
    rows = (await connection.execute(statement, {"subjects": list(subjects), "now": now})).all()
    gone = [row.id for row in rows if row.subject_id is None]
    for row in rows:
        if row.id and row.subject_id:
            await connection.execute(sa.update(InboxItem).where(col(InboxItem.id) == row.id).values(due_at=row.due_at))
    opened = await _open(session, kind, rule, [row for row in rows if row.id is None], now)
    return opened, await close(session, gone, now)


async def close(session: AsyncSession, item_ids: Sequence[UUID], now: datetime) -> int:
    """Close those of the items that are open, and tell; how many."""
    if not item_ids:
        return 0
    statement = (
        sa.update(InboxItem)
        .where(col(InboxItem.id).in_(item_ids), col(InboxItem.closed_at).is_(None))
        .values(closed_at=now, version=InboxItem.version + 1)
        .returning(col(InboxItem.id))
    )
    closed = (await (await session.connection()).execute(statement)).scalars().all()
    await _record_event(session, EventName.INBOX_ITEM_CLOSED, closed, now)
    return len(closed)


async def _open(session: AsyncSession, kind: InboxKind, rule: Rule, rows: Sequence[Any], now: datetime) -> int:
    if not rows:
        return 0
    connection = await session.connection()
    request = {"subjects": list({row.subject_id for row in rows}), "names": [name.value for name in rule.opens]}
    sources = {row.subject_id: row.id for row in await connection.execute(SOURCES, request)}
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
        Timer(subject_id=item.id, kind=LAPSES, due_at=row.lapses_at)
        for item, row in zip(items, rows, strict=True)
        if row.lapses_at
    )
    await session.flush()
    await _record_event(session, EventName.INBOX_ITEM_OPENED, [item.id for item in items], now)
    return len(items)


async def _record_event(session: AsyncSession, name: EventName, item_ids: Sequence[UUID], now: datetime) -> None:
    values = {"name": name.value, "item_ids": item_ids, "event_ids": [new_id() for _ in item_ids], "now": now}
    if item_ids:
        await (await session.connection()).execute(TELL, values)


async def open_subjects(session: AsyncSession, kind: InboxKind) -> Sequence[UUID]:
    """The subjects of the kind's open items."""
    statement = select(InboxItem.subject_id).where(InboxItem.kind == kind, col(InboxItem.closed_at).is_(None))
    return (await session.exec(statement)).all()


async def waiting_subjects(session: AsyncSession, rule: Rule, now: datetime) -> Sequence[UUID]:
    """The subjects that wait now, all of them: for a rebuild."""
    statement = rule.statement(WAITING, "IS NOT NULL")
    return (await (await session.connection()).execute(statement, {"now": now})).scalars().all()
