"""Freeze a cycle, one short transaction per dossier, so that it blocks nobody and can be resumed."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from service.foundation.clock import Clock
from service.foundation.crypto import Keys
from service.foundation.db import transaction
from service.foundation.manifest.handlers import JobTools
from service.judgement.assessments import actions, queries
from service.judgement.assessments.tables import AssessmentCycle

BATCH_SIZE = 500


async def freeze_dossiers(engine: AsyncEngine, keys: Keys, clock: Clock, cycle_id: UUID) -> None:
    """Write the missing dossiers, then set the cycle to frozen. After a crash, a new run continues."""
    is_closed = False
    while not is_closed:
        async with transaction(engine) as session:
            cycle = await session.get_one(AssessmentCycle, cycle_id)
            person_ids = await queries.persons_without_dossier(session, cycle, BATCH_SIZE)
        for person_id in person_ids:
            async with transaction(engine) as session:
                await actions.write_dossier(session, keys, cycle_id, person_id, clock())
        async with transaction(engine) as session:
            is_closed = await actions.close_cycle(session, cycle_id, clock())


async def freeze_cycle(tools: JobTools, cycle_id: UUID, payload: Mapping[str, Any]) -> None:
    """Job: freeze the cycle of the event."""
    await freeze_dossiers(tools.engine, tools.keys, tools.clock, cycle_id)
