"""What follows the events of people, and what the end of each consent means."""

from schemas.events import EventName
from schemas.identity.people import ConsentPurpose
from service.identity.people import corrections
from service.operations.worker.registry.kinds import Consequence, Later

END_OF_CONSENT = "consents.take_effect"

EFFECTS: dict[ConsentPurpose, str] = {
    ConsentPurpose.KEEP_POSITIONS: "every kept position of the person is deleted, with a proof",
    ConsentPurpose.SHOW_IDENTITY: "asked at each showing (people.consents.are_in_force), so it ends with the consent",
    ConsentPurpose.PUBLISH: "asked at each publication (people.consents.are_in_force), so it ends with the consent",
}
"""What the end of a consent does, for each purpose; one without a line here does not start."""
SAYS = "; ".join(f"{purpose.value}: {effect}" for purpose, effect in EFFECTS.items())

CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.CONSENT_WITHDRAWN: (Later(END_OF_CONSENT, SAYS),),
    EventName.CONSENT_LAPSED: (Later(END_OF_CONSENT, SAYS),),
}
TIMERS = {corrections.TIMER: corrections.overdue}
