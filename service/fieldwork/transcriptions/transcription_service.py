"""Transcription in one process: check the recording, limit parallel requests, call the adapter."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.fieldwork.transcriptions import Transcription
from service.fieldwork.transcriptions import recordings
from service.fieldwork.transcriptions.errors import RecordingTooLong, TranscriptionBusy, TranscriptionOff
from service.fieldwork.transcriptions.speech_server import SpeechServerAdapter
from service.fieldwork.transcriptions.transcriber import Transcriber
from service.foundation.settings import Settings
from service.identity.access import scope
from service.identity.access.actor import Actor

MAX_DURATION_S = 60
TOLERANCE_S = 1
"""A recorder that stops at sixty seconds writes slightly more."""


class TranscriptionService:
    """Limits the parallel requests of this process to the adapter, if the deployment has one."""

    def __init__(self, transcriber: Transcriber | None, max_parallel: int) -> None:
        self._transcriber = transcriber
        self._max_parallel = max_parallel
        self._active_person_ids: set[UUID] = set()

    @classmethod
    def from_settings(cls, settings: Settings) -> "TranscriptionService":
        """Build the service from the settings. Raises: SpeechServerUnusable."""
        if settings.transcription is None:
            return cls(None, settings.transcriptions_at_once)
        server = SpeechServerAdapter(
            settings.transcription,
            timeout_s=settings.transcription_timeout_s,
            allowed=settings.transcription_allowed_subnets,
        )
        return cls(server, settings.transcriptions_at_once)

    async def require_access(self, session: AsyncSession, actor: Actor) -> None:
        """Check the right before the recording is read. Raises: NotPermitted, TranscriptionOff."""
        await scope.must_be_posted(session, actor)
        if self._transcriber is None:
            raise TranscriptionOff

    async def transcribe(self, actor: Actor, content: bytes) -> Transcription:
        """Transcribe a recording.

        Raises: TranscriptionOff, RecordingUnreadable, RecordingTooLong, TranscriptionBusy, TranscriptionUnavailable.
        """
        if self._transcriber is None:
            raise TranscriptionOff
        recording = recordings.parse_recording(content)
        if recording.duration_s > MAX_DURATION_S + TOLERANCE_S:
            raise RecordingTooLong(duration_s=round(recording.duration_s), longest_s=MAX_DURATION_S)
        with self._limit(actor.id):
            text = await self._transcriber.transcribe(recording)
        return Transcription(text=text.replace("\x00", "").strip(), duration_s=round(recording.duration_s, 1))

    @contextmanager
    def _limit(self, person_id: UUID) -> Iterator[None]:
        """Allow one recording per person and a fixed number in all. Raises: TranscriptionBusy."""
        if person_id in self._active_person_ids or len(self._active_person_ids) >= self._max_parallel:
            raise TranscriptionBusy
        self._active_person_ids.add(person_id)
        try:
            yield
        finally:
            self._active_person_ids.remove(person_id)
