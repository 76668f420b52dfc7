"""The events of removal when the time is over."""

from schemas.events.base import HISTORY, Described, Payload
from schemas.events.names import EventName


class PurgeDone(Payload):
    """A chunk of one rule was removed or masked."""

    rule: str
    rows: int


DESCRIBED = {
    EventName.PURGE_DONE: Described(PurgeDone, "到期清理", HISTORY, example={"rule": "visit_position", "rows": 12})
}
