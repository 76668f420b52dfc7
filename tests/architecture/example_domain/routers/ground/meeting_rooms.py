"""Meeting rooms of places."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, ReadSession, WriteSession, page_of, set_created
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.ground.meeting_rooms import MeetingRoomCreate, MeetingRoomOut, MeetingRoomQuery
from service.ground.meeting_rooms import actions, queries
from service.ground.meeting_rooms.tables import MeetingRoom
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/meeting-rooms", tags=["meeting rooms"])
Reader = Annotated[Actor, Requires(Permission.MEETING_ROOM_READ)]
Writer = Annotated[Actor, Requires(Permission.MEETING_ROOM_WRITE)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}


@router.put("/{meeting_room_id}", status_code=201, response_model=MeetingRoomOut, responses=AGAIN)
async def create_meeting_room(
    meeting_room_id: UUID,
    request: MeetingRoomCreate,
    actor: Writer,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> MeetingRoom:
    """Create a room that visitors may use, at a place of your organisation."""
    fingerprint = app_state.keys.fingerprint(canonical_fields(request))
    row, is_new = await actions.create_room(session, actor, meeting_room_id, request, fingerprint)
    set_created(response, is_new, row.version)
    return row


@router.get("")
async def list_meeting_rooms(
    actor: Reader, query: Annotated[MeetingRoomQuery, Query()], session: ReadSession
) -> Page[MeetingRoomOut]:
    """List meeting rooms, newest first."""
    return page_of(await queries.page(session, actor, query), MeetingRoomOut)
