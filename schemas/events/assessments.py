"""Events of assessment cycles and dossiers."""

from uuid import UUID

from schemas.events.base import PERSON_EXAMPLE_ID, VISIT_EXAMPLE_ID, Described, NoPayload, Payload, Receiver
from schemas.events.names import EventName


class DossierStateChanged(Payload):
    """The dossier of a person was frozen or handed over."""

    cycle_id: UUID
    person_id: UUID
    sha256: str


EXAMPLE = {
    "cycle_id": str(VISIT_EXAMPLE_ID),
    "person_id": str(PERSON_EXAMPLE_ID),
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
DESCRIBED = {
    EventName.ASSESSMENT_CYCLE_OPENED: Described(NoPayload, "考核周期开启", (Receiver.ORGANISATION,)),
    EventName.ASSESSMENT_CYCLE_FREEZING: Described(NoPayload, "考核材料开始定格", (Receiver.ORGANISATION,)),
    EventName.ASSESSMENT_CYCLE_FROZEN: Described(NoPayload, "考核材料定格", (Receiver.ORGANISATION,)),
    EventName.DOSSIER_FROZEN: Described(DossierStateChanged, "个人材料定格", (Receiver.PERSON,), example=EXAMPLE),
    EventName.DOSSIER_HANDED_OVER: Described(DossierStateChanged, "个人材料移交", (Receiver.PERSON,), example=EXAMPLE),
}
