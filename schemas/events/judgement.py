"""What is told about the assessment's cycles and dossiers."""

from uuid import UUID

from schemas.events.base import Described, NoPayload, Payload
from schemas.events.names import EventName


class DossierMoved(Payload):
    """A person's dossier was frozen or handed over."""

    cycle_id: UUID
    person_id: UUID
    sha256: str


DESCRIBED = {
    EventName.ASSESSMENT_CYCLE_OPENED: Described(NoPayload, "考核周期开启", "the organisation of the cycle"),
    EventName.ASSESSMENT_CYCLE_FREEZING: Described(NoPayload, "考核材料开始定格", "the organisation of the cycle"),
    EventName.ASSESSMENT_CYCLE_FROZEN: Described(
        NoPayload, "考核材料定格", "the organisation of the cycle and the receiver"
    ),
    EventName.DOSSIER_FROZEN: Described(DossierMoved, "个人材料定格", "the person"),
    EventName.DOSSIER_HANDED_OVER: Described(DossierMoved, "个人材料移交", "the person"),
}
