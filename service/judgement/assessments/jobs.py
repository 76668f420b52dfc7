"""Freezing a cycle: one short transaction per dossier, so that a long freeze holds nobody up and can be cut off."""

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

AT_ONCE = 500


async def freeze(engine: AsyncEngine, keys: Keys, clock: Clock, cycle_id: UUID) -> None:
    """Write what is missing, then close the cycle. Run again after a crash it goes on where it stopped."""
    is_closed = False
    while not is_closed:
        async with transaction(engine) as session:
            cycle = await session.get_one(AssessmentCycle, cycle_id)
            missing = await queries.persons_without_dossier(session, cycle, AT_ONCE)
        for person_id in missing:
            async with transaction(engine) as session:
                await actions.write_dossier(session, keys, cycle_id, person_id, clock())
        async with transaction(engine) as session:
            is_closed = await actions.close_cycle(session, cycle_id, clock())


async def freeze_cycle(tools: JobTools, cycle_id: UUID, payload: Mapping[str, Any]) -> None:
    """Freeze a cycle whose freezing was ordered."""
    await freeze(tools.engine, tools.keys, tools.clock, cycle_id)
