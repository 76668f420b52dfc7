"""Format and duration of a recording, read from its container. Nothing is decoded.

The three formats that phones record: WAV, Ogg with Opus (RFC 7845), MP4 with AAC (ISO/IEC 14496-12).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.fieldwork.transcriptions.errors import RecordingUnreadable

OPUS_HZ = 48_000
"""Ogg counts Opus samples at this rate, whatever the rate of the recording."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording with its media type and its duration in seconds."""

    content: bytes
    media_type: str
    duration_s: float


def parse_recording(content: bytes) -> Recording:
    """Detect the format and read the duration. Raises: RecordingUnreadable."""
    for media_type, matches, read_duration_s in FORMATS:
        if matches(content):
            try:
                duration_s = read_duration_s(content)
            except (struct.error, ValueError, ZeroDivisionError):
                break
            if duration_s > 0:
                return Recording(content, media_type, duration_s)
    raise RecordingUnreadable


def _wav_s(content: bytes) -> float:
    """Size divided by bytes per second, because a streaming recorder writes a wrong frame count."""
    bytes_per_s: int
    (bytes_per_s,) = struct.unpack_from("<I", content, content.index(b"fmt ") + 16)
    return len(content) / bytes_per_s


def _opus_s(content: bytes) -> float:
    """Sample position of the last page minus the samples to skip, which the first page gives."""
    (skipped,) = struct.unpack_from("<H", content, content.index(b"OpusHead") + 10)
    (samples,) = struct.unpack_from("<q", content, content.rindex(b"OggS") + 6)
    return float(samples - skipped) / OPUS_HZ


def _mp4_s(content: bytes) -> float:
    movie = next(body for kind, body in _boxes(content) if kind == b"moov")
    head = next(body for kind, body in _boxes(movie) if kind == b"mvhd")
    per_s: int
    units: int
    is_long = head[:1] == b"\x01"
    per_s, units = struct.unpack_from(">IQ" if is_long else ">II", head, 20 if is_long else 12)
    return units / per_s


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each box.

    Raises: ValueError after the last box, if the caller asks for more.
    """
    at = 0
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, at + 8), 16
        elif size == 0:
            size = len(content) - at
        if size < head:
            break
        yield kind, content[at + head : at + size]
        at += size
    raise ValueError("no such box")


Format = tuple[str, Callable[[bytes], bool], Callable[[bytes], float]]
FORMATS: tuple[Format, ...] = (
    ("audio/wav", lambda content: content[:4] == b"RIFF" and content[8:12] == b"WAVE", _wav_s),
    ("audio/ogg", lambda content: content[:4] == b"OggS" and b"OpusHead" in content[:512], _opus_s),
    ("audio/mp4", lambda content: content[4:8] == b"ftyp", _mp4_s),
)
