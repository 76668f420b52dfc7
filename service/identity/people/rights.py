"""Rights that begin or end: the persons concerned hear of it, so that their phones read anew what they may see.

One event for all causes (`person.rights_changed`): one's own posting, another's on which one's own rests, a link, the
tree itself, a date that was reached. It follows from what happened, so whoever changes postings need not think of it
(`service/operations/worker/registry/rights.py`).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from service.foundation.columns import TIMESTAMP, UUIDS
from service.foundation.events.digest import digest_sql
from service.foundation.ids import new_id
from service.identity.people.tables import Person

BEGINS, ENDS = "posting.begins", "posting.ends"
LINK_BEGINS, LINK_ENDS = "organisation_link.begins", "organisation_link.ends"
"""The timers of what has its day still to come."""

# a delegate's rights rest on the posting of the leader
OF_POSTINGS = sa.text(
    """
SELECT posting.person_id FROM posting WHERE posting.id = ANY(:ids) AND posting.valid_from <= :now
UNION
SELECT delegate.person_id FROM posting JOIN posting AS delegate
    ON delegate.delegate_of = posting.person_id AND delegate.organisation_id = posting.organisation_id
WHERE posting.id = ANY(:ids) AND posting.role = 'leader' AND posting.valid_from <= :now
"""
).bindparams(sa.bindparam("ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP))
SET_CLOCKS = """
INSERT INTO timer (subject_id, kind, due_at)
SELECT id, :begins, valid_from FROM {table} WHERE id = ANY(:ids) AND valid_from > :now
UNION ALL
SELECT id, :ends, valid_until FROM {table} WHERE id = ANY(:ids) AND valid_until > :now
ON CONFLICT (subject_id, kind) DO UPDATE SET due_at = excluded.due_at
"""
# a link lends to those posted in it, and withholds from those below it
OF_LINKS = sa.text(
    """
SELECT DISTINCT posting.person_id FROM organisation_link AS link
JOIN organisation AS tied ON tied.id IN (link.from_id, link.to_id)
JOIN organisation AS below ON below.path <@ tied.path
JOIN posting ON posting.organisation_id = below.id
WHERE link.id = ANY(:ids) AND link.valid_from <= :now
    AND posting.valid_from <= :now AND (posting.valid_until IS NULL OR posting.valid_until > :now)
"""
).bindparams(sa.bindparam("ids", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP))
# whoever stands above reaches down, by posting or by a link; whoever stands below has others above
AROUND = sa.text(
    """
WITH held AS (
    SELECT above.id FROM organisation AS one JOIN organisation AS above ON above.path @> one.path
    WHERE one.id = ANY(:ids) OR one.id = ANY(:beside)
    UNION
    SELECT below.id FROM organisation AS one JOIN organisation AS below ON below.path <@ one.path
    WHERE one.id = ANY(:ids)
), standing AS (
    SELECT id FROM held
    UNION
    SELECT link.from_id FROM organisation_link AS link JOIN held ON held.id = link.to_id
    WHERE link.valid_from <= :now AND (link.valid_until IS NULL OR link.valid_until > :now)
)
SELECT DISTINCT posting.person_id FROM posting JOIN standing ON standing.id = posting.organisation_id
WHERE posting.valid_from <= :now AND (posting.valid_until IS NULL OR posting.valid_until > :now)
"""
).bindparams(
    sa.bindparam("ids", type_=UUIDS), sa.bindparam("beside", type_=UUIDS), sa.bindparam("now", type_=TIMESTAMP)
)
TELL = sa.text(
    f"""
INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest)
SELECT told.event_id, :name, person.id, ARRAY[]::uuid[], ARRAY[person.id], NULL, :now, '{{}}',
    {digest_sql(Person, "person")}
FROM unnest(:event_ids, :person_ids) AS told (event_id, person_id) JOIN person ON person.id = told.person_id
"""  # noqa: S608 - names of our own columns; every value is bound
).bindparams(
    sa.bindparam("event_ids", type_=UUIDS),
    sa.bindparam("person_ids", type_=UUIDS),
    sa.bindparam("now", type_=TIMESTAMP),
    name=EventName.PERSON_RIGHTS_CHANGED.value,
)


async def follow_postings(session: AsyncSession, posting_ids: Sequence[UUID], now: datetime) -> None:
    """Postings were written: whom they concern by now hears at once; for a day still to come a clock is set."""
    await _set_clocks(session, "posting", posting_ids, now)
    await _record_those_event(session, OF_POSTINGS, now, ids=posting_ids)


async def follow_links(session: AsyncSession, link_ids: Sequence[UUID], now: datetime) -> None:
    """Links beside the tree were written: likewise."""
    await _set_clocks(session, "organisation_link", link_ids, now)
    await _record_those_event(session, OF_LINKS, now, ids=link_ids)


async def follow_tree(session: AsyncSession, changed: Sequence[UUID], beside: Sequence[UUID], now: datetime) -> None:
    """Organisations moved or were closed: those above and below hear of it, and those above the ones beside them."""
    await _record_those_event(session, AROUND, now, ids=changed, beside=beside)


async def reached(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell those whose rights begin or end with a posting's first or last moment."""
    await _record_those_event(session, OF_POSTINGS, now, ids=list(due))
    return due.keys()


async def link_reached(session: AsyncSession, due: Mapping[UUID, datetime], now: datetime) -> Collection[UUID]:
    """Tell those whose rights begin or end with a link's first or last moment."""
    await _record_those_event(session, OF_LINKS, now, ids=list(due))
    return due.keys()


async def _set_clocks(session: AsyncSession, table: str, ids: Sequence[UUID], now: datetime) -> None:
    statement = sa.text(SET_CLOCKS.format(table=table)).bindparams(
        sa.bindparam("ids", type_=UUIDS),
        sa.bindparam("now", type_=TIMESTAMP),
        begins=f"{table}.begins",
        ends=f"{table}.ends",
    )
    await (await session.connection()).execute(statement, {"ids": list(ids), "now": now})


async def _record_those_event(
    session: AsyncSession, concerned: sa.TextClause, now: datetime, **ids: Sequence[UUID]
) -> None:
    """Tell each person concerned once."""
    connection = await session.connection()
    request = {name: list(some) for name, some in ids.items()} | {"now": now}
    persons = (await connection.execute(concerned, request)).scalars().all()
    if persons:
        told = {"person_ids": persons, "event_ids": [new_id() for _ in persons], "now": now}
        await connection.execute(TELL, told)
