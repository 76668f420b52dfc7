"""Recording to text: `POST` a recording, get a draft. Off unless the deployment names a speech server."""

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
VOICE = {
    "requestBody": {
        "required": True,
        "description": "The recording as it is, at most a minute. Which of the three it is, is seen by its content.",
        "content": {"audio/ogg": BYTES, "audio/mp4": BYTES, "audio/wav": BYTES, "application/octet-stream": BYTES},
    }
}


@router.post("", openapi_extra=VOICE)
async def transcribe(actor: Speaker, briefly: ShortReadSession, app_state: AppState, request: Request) -> Transcription:
    """Turn what you said into a draft for a field of yours. Neither voice nor text is kept, here or there."""
    async with briefly() as session:
        await app_state.transcriptions.require_access(session, actor)
    return await app_state.transcriptions.transcribe(actor, await request.body())
