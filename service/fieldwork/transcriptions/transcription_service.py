"""What one process does about voices: looks at them, lets a few at a time through to the adapter, keeps nothing."""

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

LONGEST_S = 60
SLACK_S = 1
"""A recorder that stops at sixty seconds has written a little more."""


class TranscriptionService:
    """The process's turns at the adapter, if the deployment has one."""

    def __init__(self, transcriber: Transcriber | None, at_once: int) -> None:
        self._transcriber = transcriber
        self._at_once = at_once
        self._speaking: set[UUID] = set()

    @classmethod
    def of(cls, settings: Settings) -> "TranscriptionService":
        """As the settings say. Raises SpeechServerUnusable."""
        if settings.transcription is None:
            return cls(None, settings.transcriptions_at_once)
        server = SpeechServerAdapter(
            settings.transcription,
            timeout_s=settings.transcription_timeout_s,
            allowed=settings.transcription_allowed_subnets,
        )
        return cls(server, settings.transcriptions_at_once)

    async def must_be_open_to(self, session: AsyncSession, actor: Actor) -> None:
        """Before a recording is read at all. Raises NotPermitted, TranscriptionOff."""
        await scope.must_be_posted(session, actor)
        if self._transcriber is None:
            raise TranscriptionOff

    async def transcribe(self, actor: Actor, content: bytes) -> Transcription:
        """A draft of what was said.

        Raises TranscriptionOff, RecordingUnreadable, RecordingTooLong, TranscriptionBusy, TranscriptionUnavailable.
        """
        if self._transcriber is None:
            raise TranscriptionOff
        voice = recordings.parse_recording(content)
        if voice.duration_s > LONGEST_S + SLACK_S:
            raise RecordingTooLong(duration_s=round(voice.duration_s), longest_s=LONGEST_S)
        with self._turn(actor.id):
            text = await self._transcriber.text_of(voice)
        return Transcription(text=text.replace("\x00", "").strip(), duration_s=round(voice.duration_s, 1))

    @contextmanager
    def _turn(self, person_id: UUID) -> Iterator[None]:
        """One recording a person, and so many in all. Raises TranscriptionBusy."""
        if person_id in self._speaking or len(self._speaking) >= self._at_once:
            raise TranscriptionBusy
        self._speaking.add(person_id)
        try:
            yield
        finally:
            self._speaking.remove(person_id)
