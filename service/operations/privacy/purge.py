"""Remove or mask rows past their retention; each chunk and its proof are one transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.privacy import PurgeDone
from schemas.foundation.common import PageQuery
from service.foundation.events.actors import SYSTEM
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.manifest.records import RetentionRule
from service.foundation.paging import Slice, page_newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.operations.privacy.retention import RetentionPolicy
from service.operations.privacy.tables import Purge

CHUNK = 500
PARTITION_CHUNK = 10_000
PAST_PARTITIONS = sa.text("SELECT past_partitions(:parent, :before)")
PARTITION_IDS = sa.text("SELECT id FROM partition_ids(:partition, :after, :at_most) AS id")
DROP_PARTITION = sa.text("SELECT drop_partition(:partition, :before)")


class PurgedIds(NamedTuple):
    """The number of purged rows and the hash over their ids."""

    rows: int
    ids_hash: bytes


def hash_ids(ids: Iterable[UUID], previous: bytes = b"") -> bytes:
    """SHA-256 over the previous hash and the 16 bytes of each id, ids ascending."""
    return sha256(previous + b"".join(row_id.bytes for row_id in sorted(ids))).digest()


async def purge_chunk(session: AsyncSession, rule: RetentionRule, policy: RetentionPolicy, now: datetime) -> int:
    """Purge at most 500 rows that are due under the rule and record the proof; return their number."""
    assert rule.statement is not None  # noqa: S101 - a rule without a statement drops partitions
    before = now - timedelta(days=policy.kept_days(rule))
    values = {"before": before, "now": now, "at_most": CHUNK}
    parameters = {name: values[name] for name in rule.statement.compile().params}
    await set_rls_purpose(session, Purpose.UPKEEP)  # row-level security protects contacts, households, dossiers
    rows = await (await session.connection()).execute(rule.statement, parameters)
    ids = [row[0] for row in rows]
    await record_purge(session, rule, ids, policy, now)
    return len(ids)


async def record_purge(
    session: AsyncSession, rule: RetentionRule, ids: Collection[UUID], policy: RetentionPolicy, now: datetime
) -> None:
    """Record the proof that these rows were purged under the rule, with its event; nothing without rows."""
    if ids:
        await _record_proof(session, rule, PurgedIds(len(ids), hash_ids(ids)), policy, now)


async def past_partitions(
    session: AsyncSession, rule: RetentionRule, policy: RetentionPolicy, now: datetime
) -> list[str]:
    """Names of the partitions in which every row is past its retention."""
    before = now - timedelta(days=policy.kept_days(rule))
    rows = await (await session.connection()).execute(PAST_PARTITIONS, {"parent": rule.table, "before": before})
    return list(rows.scalars())


async def partition_ids(session: AsyncSession, partition: str, after_id: UUID) -> list[UUID]:
    """The next 10,000 ids of a partition, ascending; also of tables whose rows the service may not read."""
    parameters = {"partition": partition, "after": after_id, "at_most": PARTITION_CHUNK}
    return list((await (await session.connection()).execute(PARTITION_IDS, parameters)).scalars())


async def drop_partition(
    session: AsyncSession,
    rule: RetentionRule,
    partition: str,
    purged: PurgedIds,
    policy: RetentionPolicy,
    now: datetime,
) -> None:
    """Drop a past partition and record the proof, if it had rows."""
    before = now - timedelta(days=policy.kept_days(rule))
    await (await session.connection()).execute(DROP_PARTITION, {"partition": partition, "before": before})
    if purged.rows:
        await _record_proof(session, rule, purged, policy, now)


async def list_purges(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[Purge]:
    """List the proofs, newest first, for administrators of the whole jurisdiction. Raises NotPermitted."""
    await scope.must_reach_root(session, actor)
    statement = select(Purge)
    return await page_newest_first(session, statement, col(Purge.done_at), col(Purge.id), query)


async def _record_proof(
    session: AsyncSession, rule: RetentionRule, purged: PurgedIds, policy: RetentionPolicy, now: datetime
) -> None:
    proof = Purge(
        id=new_id(),
        rule=rule.word,
        verb=rule.verb,
        rows=purged.rows,
        up_to=now - timedelta(days=policy.kept_days(rule)),
        ids_sha256=purged.ids_hash.hex(),
        policy_version=policy.version,
        done_at=now,
    )
    session.add(proof)
    payload = PurgeDone(rule=rule.word, rows=purged.rows)
    await record(session, EventName.PURGE_DONE, proof, actor=SYSTEM, occurred_at=now, payload=payload)
