"""What follows the events of people."""

from schemas.events import EventName
from service.worker.registry.kinds import Consequence, Later

FORGET_POSITIONS = "visits.forget_positions"

CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.CONSENT_WITHDRAWN: (Later(FORGET_POSITIONS, "delete every kept position of the person"),),
}
