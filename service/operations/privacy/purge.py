"""Removing what is over, chunk by chunk: each chunk and its proof are one transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.privacy import PurgeDone
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.paging import PageQuery, Slice, newest_first
from service.foundation.settings import Settings
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.privacy.retention import Rule, kept_days, policy_version
from service.operations.privacy.tables import Purge

CHUNK = 500
PARTITION_CHUNK = 10_000
Counted = tuple[int, bytes]
"""How many rows, and the hash over their ids."""

PAST_PARTITIONS = sa.text("SELECT past_partitions(:parent, :before)")
PARTITION_IDS = sa.text("SELECT id FROM partition_ids(:partition, :after, :at_most) AS id")
DROP_PARTITION = sa.text("SELECT drop_partition(:partition, :before)")


def hash_of(ids: Iterable[UUID], before: bytes = b"") -> bytes:
    """sha256 over the hash before and the 16 bytes of each id, ids ascending."""
    return sha256(before + b"".join(one.bytes for one in sorted(ids))).digest()


async def purge_chunk(session: AsyncSession, rule: Rule, settings: Settings, now: datetime) -> int:
    """Handle at most 500 rows that are due under the rule, and leave the proof; how many there were."""
    assert rule.statement is not None  # noqa: S101 - partitions go another way
    before = now - timedelta(days=kept_days(rule, settings))
    given = {"before": before, "now": now, "at_most": CHUNK}
    bound = {name: given[name] for name in rule.statement.compile().params}
    await set_rls_purpose(session, Purpose.UPKEEP)  # contacts, households and dossiers are behind the second lock
    rows = await (await session.connection()).execute(rule.statement, bound)
    ids = [row[0] for row in rows]
    await leave_proof(session, rule, ids, settings, now)
    return len(ids)


async def leave_proof(
    session: AsyncSession, rule: Rule, ids: Collection[UUID], settings: Settings, now: datetime
) -> None:
    """Write that these rows, due under the rule, are gone, with an event; nothing when there were none."""
    if ids:
        await _prove(session, rule, (len(ids), hash_of(ids)), settings, now)


async def past_partitions(session: AsyncSession, rule: Rule, settings: Settings, now: datetime) -> list[str]:
    """The partitions whose every row is over."""
    before = now - timedelta(days=kept_days(rule, settings))
    rows = await (await session.connection()).execute(PAST_PARTITIONS, {"parent": rule.table, "before": before})
    return list(rows.scalars())


async def partition_ids(session: AsyncSession, partition: str, after_id: UUID) -> list[UUID]:
    """The next 10,000 ids of a partition, ascending; the ids alone, also of what the service may not read."""
    request = {"partition": partition, "after": after_id, "at_most": PARTITION_CHUNK}
    return list((await (await session.connection()).execute(PARTITION_IDS, request)).scalars())


async def drop_partition(
    session: AsyncSession, rule: Rule, partition: str, counted: Counted, settings: Settings, now: datetime
) -> None:
    """Drop it and leave the proof."""
    before = now - timedelta(days=kept_days(rule, settings))
    await (await session.connection()).execute(DROP_PARTITION, {"partition": partition, "before": before})
    if counted[0]:
        await _prove(session, rule, counted, settings, now)


async def purges(session: AsyncSession, actor: Actor, page: PageQuery) -> Slice[Purge]:
    """The proofs, newest first, for administrators of the whole jurisdiction. Raises NotPermitted."""
    await scope.must_reach_root(session, actor)
    statement = select(Purge)
    return await newest_first(session, statement, col(Purge.done_at), col(Purge.id), page)


async def _prove(session: AsyncSession, rule: Rule, counted: Counted, settings: Settings, now: datetime) -> None:
    rows, ids_hash = counted
    proof = Purge(
        id=new_id(),
        rule=rule.word,
        verb=rule.verb,
        rows=rows,
        up_to=now - timedelta(days=kept_days(rule, settings)),
        ids_sha256=ids_hash.hex(),
        policy_version=policy_version(settings),
        done_at=now,
    )
    session.add(proof)
    told = PurgeDone(rule=rule.word, rows=rows)
    await record(session, EventName.PURGE_DONE, proof, actor_id=None, occurred_at=now, payload=told)
