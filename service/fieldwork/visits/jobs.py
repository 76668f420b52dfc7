"""Worker jobs of visits: delete positions after a consent ended, and propose fences every night."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from schemas.identity.people import ConsentPurpose
from service.fieldwork.visits import fence_proposals, positions
from service.foundation.db import transaction
from service.foundation.manifest.handlers import JobTools


async def delete_positions(tools: JobTools, consent_id: UUID, payload: Mapping[str, Any]) -> None:
    """Delete the positions of a consent that was withdrawn or lapsed, and store a deletion proof."""
    if payload["purpose"] != ConsentPurpose.KEEP_POSITIONS.value:
        return
    async with transaction(tools.engine) as session:
        visit_ids = await positions.delete_positions_of_person(session, UUID(payload["person_id"]))
        await tools.leave_proof(session, "position_without_consent", visit_ids)


async def propose_fences(tools: JobTools) -> None:
    """Withdraw fence proposals that positions no longer support, then propose new ones, page by page."""
    for step in (fence_proposals.withdraw, fence_proposals.propose):
        after: UUID | None = UUID(int=0)
        while after is not None:
            async with transaction(tools.engine) as session:
                after = await step(session, after, tools.clock())
