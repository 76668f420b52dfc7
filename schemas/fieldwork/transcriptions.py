"""Transcription: a draft text for a field, never a record."""

from schemas.foundation.common import ResponseModel


class Transcription(ResponseModel):
    """The recognised text. It is not stored; it becomes a record when a person has read and sent it."""

    text: str
    """May be longer than the 500 characters of a field; empty if nothing was recognised."""
    duration_s: float
    """Duration in seconds, read from the recording."""
