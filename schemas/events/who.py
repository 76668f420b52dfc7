"""What is told about people, their consents and the ways in."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import Described, NoPayload, Payload
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


BOTH_SIDES = "the person and the organisation that decides"
DESCRIBED = {
    EventName.PERSON_CREATED: Described(NoPayload, "人员建立", "the person"),
    EventName.PERSON_CHANGED: Described(NoPayload, "人员信息变更", "the person"),
    EventName.CORRECTION_REQUESTED: Described(NoPayload, "更正申请提出", BOTH_SIDES),
    EventName.CORRECTION_DECIDED: Described(CorrectionDecided, "更正申请答复", BOTH_SIDES),
    EventName.CORRECTION_OVERDUE: Described(CorrectionOverdue, "更正申请超期", BOTH_SIDES),
    EventName.CONSENT_GIVEN: Described(ConsentMoved, "同意给出", "the person"),
    EventName.CONSENT_WITHDRAWN: Described(ConsentMoved, "同意撤回", "the person"),
    EventName.CONSENT_RENEWED: Described(ConsentMoved, "旧同意被新同意取代", "the person"),
    EventName.CONSENT_LAPSED: Described(ConsentMoved, "同意因未续签失效", "the person"),
    EventName.CREDENTIAL_SET: Described(NoPayload, "登录方式设定", "the person"),
    EventName.CREDENTIAL_CHANGED: Described(NoPayload, "本人修改密码", "the person"),
    EventName.CREDENTIAL_ENDED: Described(NoPayload, "登录方式停用", "the person"),
    EventName.SECOND_FACTOR_BEGUN: Described(NoPayload, "身份验证器开始绑定", "the person"),
    EventName.SECOND_FACTOR_CONFIRMED: Described(NoPayload, "身份验证器绑定", "the person"),
    EventName.SECOND_FACTOR_RESET: Described(NoPayload, "身份验证器重置", "the person"),
    EventName.DEVICE_SIGNED_IN: Described(NoPayload, "新设备登录", "the person"),
    EventName.DEVICE_REVOKED: Described(DeviceRevoked, "设备退出登录", "the person"),
    EventName.EXTERNAL_IDENTITY_LINKED: Described(IdentityMoved, "外部账号对应设定", "the person"),
    EventName.EXTERNAL_IDENTITY_UNLINKED: Described(IdentityMoved, "外部账号对应解除", "the person"),
    EventName.SERVICE_CLIENT_CREATED: Described(NoPayload, "系统账号建立", "the organisation"),
    EventName.SERVICE_CLIENT_SECRET_RENEWED: Described(NoPayload, "系统账号更换密钥", "the organisation"),
    EventName.SERVICE_CLIENT_ENDED: Described(NoPayload, "系统账号停用", "the organisation"),
}
