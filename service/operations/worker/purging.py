"""The nightly purge: rule by rule, chunk by chunk, each a short transaction. Cut off, it goes on the next night."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.db import transaction
from service.foundation.log import logger
from service.foundation.settings import Settings
from service.operations.privacy import purge
from service.operations.privacy.retention import RULES, Rule

FIRST_ID = UUID(int=0)


async def purge_all(engine: AsyncEngine, settings: Settings, now: datetime) -> dict[str, int]:
    """Remove and mask everything that is over at `now`; rows by rule. Raises RetentionNotAllowed."""
    done = {}
    for rule in RULES:
        done[rule.word] = await (_rows if rule.statement is not None else _partitions)(engine, rule, settings, now)
    logger.info("purged", **done)
    return done


async def _rows(engine: AsyncEngine, rule: Rule, settings: Settings, now: datetime) -> int:
    done, chunk = 0, purge.CHUNK
    while chunk == purge.CHUNK:
        async with transaction(engine) as session:
            chunk = await purge.purge_chunk(session, rule, settings, now)
        done += chunk
    return done


async def _partitions(engine: AsyncEngine, rule: Rule, settings: Settings, now: datetime) -> int:
    async with transaction(engine) as session:
        partitions = await purge.past_partitions(session, rule, settings, now)
    done = 0
    for partition in partitions:
        counted = await _counted(engine, partition)
        async with transaction(engine) as session:
            await purge.drop_partition(session, rule, partition, counted, settings, now)
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
