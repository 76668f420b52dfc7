"""What an adapter to a speech recogniser does."""

from typing import Protocol

from service.fieldwork.transcriptions.recordings import Recording


class Transcriber(Protocol):
    """Turns a voice into text. It keeps nothing, and it holds no connection of the database meanwhile."""

    async def text_of(self, voice: Recording) -> str:
        """What was said; empty when nothing was understood. Raises TranscriptionUnavailable."""
        ...
