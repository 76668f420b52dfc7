"""The nightly purge: rule by rule, chunk by chunk, each a short transaction. Cut off, it goes on the next night."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.db import transaction
from service.foundation.log import logger
from service.foundation.manifest.records import RetentionRule
from service.operations.privacy import purge
from service.operations.privacy.retention import RetentionPolicy

FIRST_ID = UUID(int=0)


async def purge_all(engine: AsyncEngine, policy: RetentionPolicy, now: datetime) -> dict[str, int]:
    """Remove and mask everything that is over at `now`; rows by rule. Raises RetentionNotAllowed."""
    done = {}
    for rule in policy.rules.values():
        done[rule.word] = await (_rows if rule.statement is not None else _partitions)(engine, rule, policy, now)
    logger.info("purged", **done)
    return done


async def _rows(engine: AsyncEngine, rule: RetentionRule, policy: RetentionPolicy, now: datetime) -> int:
    done, chunk = 0, purge.CHUNK
    while chunk == purge.CHUNK:
        async with transaction(engine) as session:
            chunk = await purge.purge_chunk(session, rule, policy, now)
        done += chunk
    return done


async def _partitions(engine: AsyncEngine, rule: RetentionRule, policy: RetentionPolicy, now: datetime) -> int:
    async with transaction(engine) as session:
        partitions = await purge.past_partitions(session, rule, policy, now)
    done = 0
    for partition in partitions:
        counted = await _counted(engine, partition)
        async with transaction(engine) as session:
            await purge.drop_partition(session, rule, partition, counted, policy, now)
        done += counted[0]
    return done


async def _counted(engine: AsyncEngine, partition: str) -> purge.Counted:
    """How many rows a partition has, and the hash over their ids, read in short stretches: nothing is added to it."""
    rows, ids_hash, last = 0, b"", FIRST_ID
    while True:
        async with transaction(engine) as session:
            ids = await purge.partition_ids(session, partition, last)
        if not ids:
            return rows, ids_hash
        rows, ids_hash, last = rows + len(ids), purge.hash_of(ids, ids_hash), ids[-1]
