"""Events of the inbox, for the readers of an item."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PLACE_EXAMPLE_ID, Described, Payload, Receiver
from schemas.events.names import EventName


class InboxItemChanged(Payload):
    """An inbox item was opened or closed."""

    kind: str
    about_id: UUID
    due_at: datetime | None


EXAMPLE = {"kind": "problem_to_accept", "about_id": str(PLACE_EXAMPLE_ID), "due_at": "2026-11-24T16:00:00Z"}
RECEIVERS = (Receiver.PERSON, Receiver.ORGANISATION)
DESCRIBED = {
    EventName.INBOX_ITEM_OPENED: Described(InboxItemChanged, "待办产生", RECEIVERS, outward=True, example=EXAMPLE),
    EventName.INBOX_ITEM_CLOSED: Described(InboxItemChanged, "待办完成", RECEIVERS, outward=True, example=EXAMPLE),
}
