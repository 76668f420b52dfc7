"""Transcription: `POST` a recording, get a draft text.

Off unless the deployment configures a speech server.
"""

from typing import Annotated

from fastapi import APIRouter, Request

from routers.deps import AppState, ShortReadSession
from routers.guard import Requires
from schemas.fieldwork.transcriptions import Transcription
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/transcriptions", tags=["visits"])

Speaker = Annotated[Actor, Requires(Permission.TRANSCRIPTION_ASK)]
BYTES = {"schema": {"type": "string", "format": "binary"}}
RECORDING = {
    "requestBody": {
        "required": True,
        "description": "The bytes of the recording, at most one minute. The format is detected from the content.",
        "content": {"audio/ogg": BYTES, "audio/mp4": BYTES, "audio/wav": BYTES, "application/octet-stream": BYTES},
    }
}


@router.post("", openapi_extra=RECORDING)
async def transcribe(
    actor: Speaker, open_session: ShortReadSession, app_state: AppState, request: Request
) -> Transcription:
    """Transcribe a recording into a draft text. Neither the recording nor the text is stored."""
    async with open_session() as session:
        await app_state.transcriptions.require_access(session, actor)
    return await app_state.transcriptions.transcribe(actor, await request.body())
