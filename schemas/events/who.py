"""What is told about people, their consents and the ways in."""

from uuid import UUID

from schemas.events.base import Described, NoPayload, Payload
from schemas.events.names import EventName


class ConsentMoved(Payload):
    """A person gave or withdrew a consent."""

    person_id: UUID
    purpose: str


DESCRIBED = {
    EventName.PERSON_CREATED: Described(NoPayload, "人员建立", "the person"),
    EventName.CONSENT_GIVEN: Described(ConsentMoved, "同意给出", "the person"),
    EventName.CONSENT_WITHDRAWN: Described(ConsentMoved, "同意撤回", "the person"),
    EventName.CREDENTIAL_SET: Described(NoPayload, "登录方式设定", "the person"),
    EventName.SERVICE_CLIENT_CREATED: Described(NoPayload, "系统账号建立", "the organisation"),
}
