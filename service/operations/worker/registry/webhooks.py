"""What follows every event: the endpoints that subscribed hear of it."""

from service.operations.worker.registry.kinds import Batch, Step, Together
from service.outward.webhooks.fan_out import fan_out


async def _fan_out(step: Step, batch: Batch) -> None:
    await fan_out(step.session, batch[0].position, batch[-1].position, step.now)


OF_EVERY_BATCH = (Together(_fan_out, "put a delivery in line for each endpoint that subscribed"),)
