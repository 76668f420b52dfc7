"""What follows the steps of an import, and what its clock does."""

from schemas.events import EventName
from service.operations.imports import actions
from service.operations.worker.registry.kinds import Consequence, Later

CHECK, APPLY, EMPTY = "imports.check", "imports.apply", "imports.empty"

CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.IMPORT_UPLOADED: (Later(CHECK, "the file is read and compared; the diff is shown"),),
    EventName.IMPORT_CONFIRMED: (Later(APPLY, "the diff is merged in short steps, one import at a time"),),
    EventName.IMPORT_DISCARDED: (Later(EMPTY, "names, numbers and values are taken out of its rows"),),
}
TIMERS = {actions.LAPSE: actions.lapse}
