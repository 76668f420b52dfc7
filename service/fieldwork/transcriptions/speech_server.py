"""Adapter to a speech server that accepts `POST /v1/audio/transcriptions`.

FunASR, vLLM, servers for faster-whisper and others accept it: a multipart form with `file` and `model`; the response
is `{"text": …}`. Recordings of residents must not leave the deployment's networks. Unlike a webhook, the server is
called only in networks that the settings name, public or not.
"""

import json
import secrets
from pathlib import Path

from service.fieldwork.transcriptions.errors import TranscriptionUnavailable
from service.fieldwork.transcriptions.recordings import Recording
from service.foundation.http import READ_BYTES, NoResponse, OutboundClient, OutboundResponse, Subnets
from service.foundation.log import logger
from service.foundation.settings import SpeechServer

SUFFIX = {"audio/wav": "wav", "audio/ogg": "ogg", "audio/mp4": "m4a"}
"""These servers detect the format from the file name."""


class SpeechServerUnusable(RuntimeError):
    """The settings are incomplete or wrong. Raised at start, before requests are served."""


class SpeechServerAdapter:
    """A `Transcriber` for one server. Raises: SpeechServerUnusable, in the constructor."""

    def __init__(self, configured: SpeechServer, *, timeout_s: float, allowed: Subnets) -> None:
        self._url, self._timeout_s, self._allowed = configured.url, timeout_s, allowed
        self._fields = {"model": configured.model, "response_format": "json"}
        if configured.language:
            self._fields["language"] = configured.language
        self._headers = {"authorization": f"Bearer {_read_key(configured.key_file)}"} if configured.key_file else {}

    async def transcribe(self, recording: Recording) -> str:
        """Send the recording and return its text. Raises: TranscriptionUnavailable."""
        content_type, body = build_form(self._fields, recording)
        headers = {"content-type": content_type, "accept": "application/json", **self._headers}
        async with OutboundClient(
            timeout_s=self._timeout_s, allowed=self._allowed, response_bytes=READ_BYTES, only_allowed=True
        ) as caller:
            return _parse_text(await caller.post(self._url, body, headers))


def _read_key(file: Path) -> str:
    try:
        key = file.read_text().strip()
    except (OSError, UnicodeError):
        key = ""
    if not key or not key.isascii() or not key.isprintable():
        raise SpeechServerUnusable(f"no key in {file}")
    return key


def build_form(fields: dict[str, str], recording: Recording) -> tuple[str, bytes]:
    """Build the content type and the body of the multipart form (RFC 7578)."""
    boundary = secrets.token_hex(16)
    disposition = "Content-Disposition: form-data; name"
    parts = [f'--{boundary}\r\n{disposition}="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    file_name = f"voice.{SUFFIX[recording.media_type]}"
    head = (
        f'--{boundary}\r\n{disposition}="file"; filename="{file_name}"\r\nContent-Type: {recording.media_type}\r\n\r\n'
    )
    return (
        f"multipart/form-data; boundary={boundary}",
        b"".join([*parts, head.encode(), recording.content, f"\r\n--{boundary}--\r\n".encode()]),
    )


def _parse_text(answer: OutboundResponse | NoResponse) -> str:
    if isinstance(answer, NoResponse):
        raise _unavailable(answer.value)
    if answer.status != 200 or not answer.is_complete:
        raise _unavailable("status" if answer.is_complete else "answer too large", status=answer.status)
    try:
        body = json.loads(answer.text)
    except (ValueError, RecursionError):
        raise _unavailable("not JSON") from None
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise _unavailable("no text")
    return text


def _unavailable(why: str, **facts: int) -> TranscriptionUnavailable:
    logger.warning("the speech server did not answer as expected", why=why, **facts)
    return TranscriptionUnavailable()
