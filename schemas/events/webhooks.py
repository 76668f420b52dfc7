"""Events of webhook endpoints."""

from schemas.events.base import Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class EndpointDisabled(Payload):
    """The endpoint was disabled. Deliveries are queued until it is enabled again."""

    reason: str


OWNER = (Receiver.ORGANISATION,)

DESCRIBED = {
    EventName.ENDPOINT_CREATED: Described(NoPayload, "回调地址建立", OWNER),
    EventName.ENDPOINT_CHANGED: Described(NoPayload, "回调地址变更", OWNER),
    EventName.ENDPOINT_SECRET_ADDED: Described(NoPayload, "回调密钥更换", OWNER),
    EventName.ENDPOINT_DISABLED: Described(EndpointDisabled, "回调地址停用", OWNER, example={"reason": "gone"}),
    EventName.ENDPOINT_ENABLED: Described(NoPayload, "回调地址启用", OWNER),
}
