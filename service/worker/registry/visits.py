"""What follows the events of visits."""

from schemas.events import EventName
from service.visit_plans import actions as plans
from service.visits import forgotten, positions
from service.worker.registry.kinds import Batch, Consequence, Step, Together


async def _start_clocks(step: Step, batch: Batch) -> None:
    visit_ids = [followed.subject_id for followed in batch]
    await positions.start_clocks(step.session, visit_ids, step.settings.position_kept_days)
    await plans.keep(step.session, visit_ids)
    await forgotten.start_clocks(step.session, visit_ids, step.settings.check_out_forgotten_h)


CONSEQUENCES: dict[EventName, tuple[Consequence, ...]] = {
    EventName.VISIT_CHECKED_IN: (
        Together(_start_clocks, "keep the plan; set when a position is forgotten, a forgotten visit closed"),
    ),
}
CLOCKS = {positions.CLOCK: positions.forget, forgotten.CLOCK: forgotten.close}
