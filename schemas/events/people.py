"""Events of people: persons, consents, requests for correction."""

from datetime import datetime
from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class ConsentChanged(Payload):
    """A consent was given, withdrawn or renewed, or has lapsed."""

    person_id: UUID
    purpose: str


class CorrectionDecided(Payload):
    """A request for correction was accepted or refused."""

    person_id: UUID
    state: str


class CorrectionOverdue(Payload):
    """A request for correction was not decided in time."""

    due_at: datetime


BOTH_SIDES = (Receiver.PERSON, Receiver.OWNER)
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
    EventName.CONSENT_GIVEN: Described(ConsentChanged, "同意给出", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_WITHDRAWN: Described(ConsentChanged, "同意撤回", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_RENEWED: Described(ConsentChanged, "旧同意被新同意取代", (Receiver.PERSON,), example=CONSENT),
    EventName.CONSENT_LAPSED: Described(ConsentChanged, "同意因未续签失效", (Receiver.PERSON,), example=CONSENT),
    EventName.PERSON_RIGHTS_CHANGED: Described(
        NoPayload, "权限变动，请重新读取", (Receiver.PERSON,), requires_reload=True
    ),
}
