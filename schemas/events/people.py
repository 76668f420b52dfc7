"""What is told about people, their consents and the ways in."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class ConsentMoved(Payload):
    """A person gave or withdrew a consent."""

    person_id: UUID
    purpose: str


class CorrectionDecided(Payload):
    """A request for correction was accepted or refused."""

    person_id: UUID
    state: str


class CorrectionOverdue(Payload):
    """Nobody decided a request for correction in time."""

    due_at: datetime


class DeviceRevoked(Payload):
    """A device was signed out: by its person, by an administrator, or because its token was used twice."""

    reason: str


class IdentityMoved(Payload):
    """An account at a provider now is, or no longer is, this person's."""

    person_id: UUID
    provider: str


BOTH_SIDES = (Receiver.PERSON, Receiver.OWNER)
IDENTITY = {"person_id": str(PERSON_EXAMPLE_ID), "provider": "wecom"}
CONSENT = {"person_id": str(PERSON_EXAMPLE_ID), "purpose": "keep_positions"}
DESCRIBED = {
    EventName.PERSON_CREATED: Described(NoPayload, "人员建立", (Receiver.PERSON,)),
    EventName.PERSON_CHANGED: Described(NoPayload, "人员信息变更", (Receiver.PERSON,)),
    EventName.CORRECTION_REQUESTED: Described(NoPayload, "更正申请提出", BOTH_SIDES),
    EventName.CORRECTION_DECIDED: Described(
        CorrectionDecided,
        "更正申请答复",
        BOTH_SIDES,
        example={"person_id": str(PERSON_EXAMPLE_ID), "state": "accepted"},
    ),
    EventName.CORRECTION_OVERDUE: Described(
        CorrectionOverdue, "更正申请超期", BOTH_SIDES, example={"due_at": "2026-12-10T16:00:00Z"}
    ),
    EventName.CONSENT_GIVEN: Described(ConsentMoved, "同意给出", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_WITHDRAWN: Described(ConsentMoved, "同意撤回", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_RENEWED: Described(ConsentMoved, "旧同意被新同意取代", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_LAPSED: Described(ConsentMoved, "同意因未续签失效", (Receiver.PERSON,), example=CONSENT),
    EventName.PERSON_RIGHTS_CHANGED: Described(
        NoPayload, "权限变动，请重新读取", (Receiver.PERSON,), is_to_be_read_anew=True
    ),
    EventName.CREDENTIAL_SET: Described(NoPayload, "登录方式设定", (Receiver.PERSON,)),
    EventName.DEVICE_SIGNED_IN: Described(NoPayload, "新设备登录", (Receiver.PERSON,)),
    EventName.DEVICE_REVOKED: Described(
        DeviceRevoked, "设备退出登录", (Receiver.PERSON,), example={"reason": "signed_out"}
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
        IdentityMoved, "外部账号对应设定", (Receiver.PERSON,), example=IDENTITY
    ),
    EventName.EXTERNAL_IDENTITY_UNLINKED: Described(
        IdentityMoved, "外部账号对应解除", (Receiver.PERSON,), example=IDENTITY
    ),
}
