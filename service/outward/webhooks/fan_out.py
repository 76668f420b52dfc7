"""Fan-out: queue one delivery for each endpoint that subscribes to an event of the feed."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.manifest.handlers import RelayBatch
from service.outward.webhooks.statements import FAN_OUT


async def fan_out_batch(batch: RelayBatch) -> None:
    """Queue the deliveries of one relay batch."""
    await fan_out(batch.session, batch.events[0].position, batch.events[-1].position, batch.now)


async def fan_out(session: AsyncSession, first_position: int, last_position: int, now: datetime) -> int:
    """Queue the deliveries of these feed positions and mark their endpoints as due.

    Returns the number of deliveries.

    Runs in the transaction that assigns the positions. Deliveries of a disabled endpoint are queued too and wait.
    """
    result = await (await session.connection()).exec_driver_sql(
        FAN_OUT, {"first_position": first_position, "last_position": last_position, "now": now}
    )
    return int(result.scalar_one())
