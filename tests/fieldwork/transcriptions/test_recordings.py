"""Format and duration of recordings; other content is refused."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fieldwork.transcriptions.errors import RecordingUnreadable
from service.fieldwork.transcriptions.recordings import parse_recording
from tests.fieldwork.transcriptions.conftest import AAC, OPUS

FTYP = struct.pack(">I4s", 8, b"ftyp")
BROKEN_MP4 = (
    FTYP + struct.pack(">I4s", 8, b"moov"),
    FTYP + struct.pack(">I4sI4s", 16, b"moov", 8, b"mvhd"),
)


def a_wav(seconds: float, rate_hz: int = 8_000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(b"\x00\x01" * round(seconds * rate_hz))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(OPUS, "audio/ogg"), (AAC, "audio/mp4"), (a_wav(2), "audio/wav")],
    ids=("opus", "aac", "wav"),
)
def test_duration_of_each_format_is_read_from_its_container(content: bytes, media_type: str) -> None:
    recording = parse_recording(content)

    assert (recording.media_type, recording.content) == (media_type, content)
    assert recording.duration_s == pytest.approx(2, abs=0.1)


def test_duration_of_a_streamed_wav_is_computed_from_its_size() -> None:
    streamed = bytearray(a_wav(3))
    for at in (4, 40):
        struct.pack_into("<I", streamed, at, 0xFFFFFFFF)

    assert parse_recording(bytes(streamed)).duration_s == pytest.approx(3, abs=0.1)


def test_duration_of_a_wav_with_a_wrong_header_is_computed_from_its_size() -> None:
    lying = bytearray(a_wav(90))
    struct.pack_into("<I", lying, 40, 1_000)

    assert parse_recording(bytes(lying)).duration_s == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize(
    "content",
    [
        *BROKEN_MP4,
        b"",
        b"{}",
        b"\x89PNG\r\n\x1a\n" + bytes(64),
        b"ID3\x04" + bytes(600),
        b"#!AMR\n" + bytes(64),
        b"RIFF",
        OPUS[:40],
    ],
    ids=(
        "movie without a head",
        "head without a word",
        "nothing",
        "json",
        "picture",
        "mp3",
        "amr",
        "head of a wav",
        "head of an opus",
    ),
)
def test_unknown_or_incomplete_recording_is_refused(content: bytes) -> None:
    with pytest.raises(RecordingUnreadable):
        parse_recording(content)


@given(
    original=st.sampled_from([OPUS, AAC, a_wav(0.1)]),
    cut=st.integers(min_value=0, max_value=4_000),
    changes=st.lists(
        st.tuples(st.integers(min_value=0, max_value=4_000), st.binary(min_size=1, max_size=9)), max_size=5
    ),
)
def test_damaged_recording_is_parsed_or_refused_without_another_error(
    original: bytes, cut: int, changes: list[tuple[int, bytes]]
) -> None:
    broken = bytearray(original[: len(original) - cut % (len(original) + 1)])
    for at, replacement in changes:
        broken[at : at + len(replacement)] = replacement

    try:
        recording = parse_recording(bytes(broken))
    except RecordingUnreadable:
        return
    assert recording.duration_s > 0
