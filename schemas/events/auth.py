"""Events of auth: credentials, devices, second factors, external identities, service clients."""

from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class DeviceRevoked(Payload):
    """A device was signed out."""

    reason: str
    """Why it was signed out, such as `person` or `administrator`."""


class ExternalIdentityChanged(Payload):
    """The link between a person and an account at a provider was created or removed."""

    person_id: UUID
    provider: str


IDENTITY = {"person_id": str(PERSON_EXAMPLE_ID), "provider": "wecom"}
DESCRIBED = {
    EventName.CREDENTIAL_SET: Described(NoPayload, "登录方式设定", (Receiver.PERSON,)),
    EventName.DEVICE_SIGNED_IN: Described(NoPayload, "新设备登录", (Receiver.PERSON,)),
    EventName.DEVICE_REVOKED: Described(
        DeviceRevoked, "设备退出登录", (Receiver.PERSON,), example={"reason": "person"}
    ),
    EventName.SERVICE_CLIENT_CREATED: Described(NoPayload, "系统账号建立", (Receiver.ORGANISATION,)),
    EventName.CREDENTIAL_CHANGED: Described(NoPayload, "本人修改密码", (Receiver.PERSON,)),
    EventName.CREDENTIAL_ENDED: Described(NoPayload, "登录方式停用", (Receiver.PERSON,)),
    EventName.SECOND_FACTOR_BEGUN: Described(NoPayload, "身份验证器开始绑定", (Receiver.PERSON,)),
    EventName.SECOND_FACTOR_CONFIRMED: Described(NoPayload, "身份验证器绑定", (Receiver.PERSON,)),
    EventName.SECOND_FACTOR_RESET: Described(NoPayload, "身份验证器重置", (Receiver.PERSON,)),
    EventName.SERVICE_CLIENT_SECRET_RENEWED: Described(NoPayload, "系统账号更换密钥", (Receiver.ORGANISATION,)),
    EventName.SERVICE_CLIENT_ENDED: Described(NoPayload, "系统账号停用", (Receiver.ORGANISATION,)),
    EventName.EXTERNAL_IDENTITY_LINKED: Described(
        ExternalIdentityChanged, "外部账号对应设定", (Receiver.PERSON,), example=IDENTITY
    ),
    EventName.EXTERNAL_IDENTITY_UNLINKED: Described(
        ExternalIdentityChanged, "外部账号对应解除", (Receiver.PERSON,), example=IDENTITY
    ),
}
