"""Recording to text as it crosses the wire: a proposal for a field, never a record."""

from schemas.foundation.common import ResponseModel


class Transcription(ResponseModel):
    """What the machine understood. Nothing of it is kept: it becomes a record when a person has read and sent it."""

    text: str
    """May be longer than a field takes (500 characters); empty when nothing was understood."""
    duration_s: float
    """How long the voice lasts, as its container tells it."""
