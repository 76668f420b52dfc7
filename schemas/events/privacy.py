"""Payloads of the events of privacy."""

from schemas.events.base import HISTORY, Described, Payload
from schemas.events.names import EventName


class PurgeDone(Payload):
    """A chunk of rows was removed or masked under one retention rule."""

    rule: str
    rows: int


DESCRIBED = {
    EventName.PURGE_DONE: Described(PurgeDone, "到期清理", HISTORY, example={"rule": "visit_position", "rows": 12})
}
