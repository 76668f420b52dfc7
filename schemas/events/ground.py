"""What is told about places and their fences."""

from uuid import UUID

from schemas.events.base import Described, NoPayload, Payload
from schemas.events.names import EventName


class FenceMoved(Payload):
    """A fence of a place was set or retired."""

    place_id: UUID


RECEIVERS = "the organisation responsible for the place"

DESCRIBED = {
    EventName.PLACE_CREATED: Described(NoPayload, "走访点建立", RECEIVERS),
    EventName.PLACE_CHANGED: Described(NoPayload, "走访点变更", RECEIVERS),
    EventName.FENCE_SET: Described(FenceMoved, "围栏设定", RECEIVERS),
    EventName.FENCE_RETIRED: Described(FenceMoved, "围栏停用", RECEIVERS),
}
