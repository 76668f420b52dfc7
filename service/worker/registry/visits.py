"""What follows the events of visits."""

from schemas.events import EventName
from service.visits import positions
from service.worker.registry.kinds import Batch, Consequence, Step, Together


async def _start_clocks(step: Step, batch: Batch) -> None:
    visit_ids = [followed.subject_id for followed in batch]
    await positions.start_clocks(step.session, visit_ids, step.settings.position_kept_days)


CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.VISIT_CHECKED_IN: (Together(_start_clocks, "set the day on which a kept position is forgotten"),),
}
CLOCKS = {positions.CLOCK: positions.forget}
