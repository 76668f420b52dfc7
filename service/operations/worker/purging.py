"""The nightly purge, rule by rule, in chunks of one short transaction each.

A purge that is interrupted continues the next night.
"""

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
    """Purge all rows that are due at `now`; return the rows per rule. Raises RetentionNotAllowed."""
    totals = {}
    for rule in policy.rules.values():
        purge_rule = _purge_rows if rule.statement is not None else _purge_partitions
        totals[rule.word] = await purge_rule(engine, rule, policy, now)
    logger.info("purged", **totals)
    return totals


async def _purge_rows(engine: AsyncEngine, rule: RetentionRule, policy: RetentionPolicy, now: datetime) -> int:
    total, count = 0, purge.CHUNK
    while count == purge.CHUNK:
        async with transaction(engine) as session:
            count = await purge.purge_chunk(session, rule, policy, now)
        total += count
    return total


async def _purge_partitions(engine: AsyncEngine, rule: RetentionRule, policy: RetentionPolicy, now: datetime) -> int:
    async with transaction(engine) as session:
        partitions = await purge.past_partitions(session, rule, policy, now)
    total = 0
    for partition in partitions:
        summary = await _summarise(engine, partition)
        async with transaction(engine) as session:
            await purge.drop_partition(session, rule, partition, summary, policy, now)
        total += summary.rows
    return total


async def _summarise(engine: AsyncEngine, partition: str) -> purge.PurgedIds:
    """Count the rows of a past partition and hash their ids, in short transactions."""
    rows, ids_hash, last = 0, b"", FIRST_ID
    while True:
        async with transaction(engine) as session:
            ids = await purge.partition_ids(session, partition, last)
        if not ids:
            return purge.PurgedIds(rows, ids_hash)
        rows, ids_hash, last = rows + len(ids), purge.hash_ids(ids, ids_hash), ids[-1]
