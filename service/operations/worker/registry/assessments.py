"""What follows the events of assessments."""

from schemas.events import EventName
from service.operations.worker.registry.kinds import Consequence, Later

FREEZE = "assessments.freeze"

CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.ASSESSMENT_CYCLE_FREEZING: (Later(FREEZE, "write and sign every dossier, then close the cycle"),),
}
