"""The adapter to a speech server within the own networks that takes `POST /v1/audio/transcriptions`.

That is what FunASR, vLLM, faster-whisper's servers and others answer to: a multipart form with `file` and `model`, and
`{"text": …}` back. Voices of residents stay at home: unlike webhooks, it is reached only in networks that the
deployment names, public or not.
"""

import json
import secrets
from pathlib import Path

from service.fieldwork.transcriptions.errors import TranscriptionUnavailable
from service.fieldwork.transcriptions.recordings import Recording
from service.foundation.http import READ_BYTES, Answered, Caller, Subnets, Unanswered
from service.foundation.log import logger
from service.foundation.settings import SpeechServer

SUFFIX = {"audio/wav": "wav", "audio/ogg": "ogg", "audio/mp4": "m4a"}
"""Such servers tell the kind by the file's name."""


class SpeechServerUnusable(RuntimeError):
    """The settings do not say what is needed; told at start, before anything is served."""


class SpeechServerAdapter:
    """One server. A `Transcriber`. Raises SpeechServerUnusable when made."""

    def __init__(self, configured: SpeechServer, *, timeout_s: float, allowed: Subnets) -> None:
        self._url, self._timeout_s, self._allowed = configured.url, timeout_s, allowed
        self._fields = {"model": configured.model, "response_format": "json"}
        if configured.language:
            self._fields["language"] = configured.language
        self._headers = {"authorization": f"Bearer {_key(configured.key_file)}"} if configured.key_file else {}

    async def text_of(self, voice: Recording) -> str:
        """What the server understood. Raises TranscriptionUnavailable."""
        content_type, body = form(self._fields, voice)
        headers = {"content-type": content_type, "accept": "application/json", **self._headers}
        async with Caller(
            timeout_s=self._timeout_s, allowed=self._allowed, kept_bytes=READ_BYTES, only_allowed=True
        ) as caller:
            return _text(await caller.post(self._url, body, headers))


def _key(file: Path) -> str:
    try:
        found = file.read_text().strip()
    except (OSError, UnicodeError):
        found = ""
    if not found or not found.isascii() or not found.isprintable():
        raise SpeechServerUnusable(f"no key in {file}")
    return found


def form(fields: dict[str, str], voice: Recording) -> tuple[str, bytes]:
    """Content type and body of the multipart form (RFC 7578)."""
    boundary = secrets.token_hex(16)
    disposition = "Content-Disposition: form-data; name"
    parts = [f'--{boundary}\r\n{disposition}="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    file_name = f"voice.{SUFFIX[voice.media_type]}"
    head = f'--{boundary}\r\n{disposition}="file"; filename="{file_name}"\r\nContent-Type: {voice.media_type}\r\n\r\n'
    return (
        f"multipart/form-data; boundary={boundary}",
        b"".join([*parts, head.encode(), voice.content, f"\r\n--{boundary}--\r\n".encode()]),
    )


def _text(answer: Answered | Unanswered) -> str:
    if isinstance(answer, Unanswered):
        raise _unavailable(answer.value)
    if answer.status != 200 or not answer.is_whole:
        raise _unavailable("status" if answer.is_whole else "answer too large", status=answer.status)
    try:
        found = json.loads(answer.text)
    except (ValueError, RecursionError):
        raise _unavailable("not JSON") from None
    text = found.get("text") if isinstance(found, dict) else None
    if not isinstance(text, str):
        raise _unavailable("no text")
    return text


def _unavailable(why: str, **facts: int) -> TranscriptionUnavailable:
    logger.warning("the speech server did not answer as it should", why=why, **facts)
    return TranscriptionUnavailable()
