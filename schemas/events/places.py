"""Event payloads of places, fences, fence proposals and readings."""

from uuid import UUID

from schemas.events.base import PLACE_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class FencePayload(Payload):
    """A fence of a place was set or retired."""

    place_id: UUID


class FenceProposalPayload(Payload):
    """A fence proposal was created or decided; state `withdrawn` when positions no longer support it."""

    place_id: UUID
    state: str


class ReadingPayload(Payload):
    """A reading of a place was added or removed."""

    place_id: UUID


RECEIVERS = (Receiver.PLACE,)
EXAMPLE = {"place_id": str(PLACE_EXAMPLE_ID)}

DESCRIBED = {
    EventName.PLACE_CREATED: Described(NoPayload, "走访点建立", RECEIVERS),
    EventName.PLACE_CHANGED: Described(NoPayload, "走访点变更", RECEIVERS),
    EventName.FENCE_SET: Described(FencePayload, "围栏设定", RECEIVERS, example=EXAMPLE),
    EventName.FENCE_RETIRED: Described(FencePayload, "围栏停用", RECEIVERS, example=EXAMPLE),
    EventName.FENCE_PROPOSAL_MADE: Described(
        FenceProposalPayload, "根据签到提出围栏建议", RECEIVERS, example={**EXAMPLE, "state": "proposed"}
    ),
    EventName.FENCE_PROPOSAL_DECIDED: Described(
        FenceProposalPayload, "围栏建议已决定或已撤回", RECEIVERS, example={**EXAMPLE, "state": "accepted"}
    ),
    EventName.PLACE_READING_ADDED: Described(ReadingPayload, "行前材料上架", RECEIVERS, example=EXAMPLE),
    EventName.PLACE_READING_REMOVED: Described(ReadingPayload, "行前材料下架", RECEIVERS, example=EXAMPLE),
}
