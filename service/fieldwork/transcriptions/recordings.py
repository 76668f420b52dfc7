"""What a recording is and how long it lasts, as its own container tells it. Nothing is decoded.

The three kinds that phones record without help: WAV, Ogg with Opus (RFC 7845), MP4 with AAC (ISO/IEC 14496-12).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service.fieldwork.transcriptions.errors import RecordingUnreadable

OPUS_HZ = 48_000
"""Ogg counts Opus in these samples, whatever was recorded."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording, its media type, and its seconds."""

    content: bytes
    media_type: str
    duration_s: float


def read(content: bytes) -> Recording:
    """Look at a recording. Raises RecordingUnreadable."""
    for media_type, is_it, measure in KINDS:
        if is_it(content):
            try:
                duration_s = measure(content)
            except (struct.error, ValueError, ZeroDivisionError):
                break
            if duration_s > 0:
                return Recording(content, media_type, duration_s)
    raise RecordingUnreadable


def _wav_s(content: bytes) -> float:
    """By its bytes a second: its frames are counted too, but a recorder that streams does not know how many."""
    bytes_per_s: int
    (bytes_per_s,) = struct.unpack_from("<I", content, content.index(b"fmt ") + 16)
    return len(content) / bytes_per_s


def _opus_s(content: bytes) -> float:
    """The last page says how many samples have been, the first how many of them to skip."""
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
    """Kind and body of each box. A StopIteration of the caller becomes a ValueError here: the box is not there."""
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


Kind = tuple[str, Callable[[bytes], bool], Callable[[bytes], float]]
KINDS: tuple[Kind, ...] = (
    ("audio/wav", lambda content: content[:4] == b"RIFF" and content[8:12] == b"WAVE", _wav_s),
    ("audio/ogg", lambda content: content[:4] == b"OggS" and b"OpusHead" in content[:512], _opus_s),
    ("audio/mp4", lambda content: content[4:8] == b"ftyp", _mp4_s),
)
