"""`Transcriber`: the interface of an adapter to a speech recogniser."""

from typing import Protocol

from service.fieldwork.transcriptions.recordings import Recording


class Transcriber(Protocol):
    """Turns a recording into text.

    It stores nothing, and it uses no database connection while it waits.
    """

    async def transcribe(self, recording: Recording) -> str:
        """Return the text; empty if nothing was recognised. Raises: TranscriptionUnavailable."""
        ...
