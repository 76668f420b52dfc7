"""The briefing before a visit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from routers.deps import ReadSession
from routers.guard import Requires
from schemas.fieldwork.briefings import Briefing
from service.fieldwork.briefings import queries
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/places", tags=["briefings"])
Visitor = Annotated[Actor, Requires(Permission.VISIT_WRITE)]


@router.get("/{place_id}/briefing")
async def read_briefing(place_id: UUID, actor: Visitor, session: ReadSession) -> Briefing:
    """Read the briefing of a place: open problems and promises, last and expected visits, readings."""
    return await queries.briefing(session, actor, place_id)
