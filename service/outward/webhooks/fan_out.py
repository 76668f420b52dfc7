"""From the feed to the lanes: one delivery for every endpoint that wants the event."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from service.foundation.manifest.handlers import RelayBatch
from service.outward.webhooks.statements import FAN_OUT


async def fan_out_batch(batch: RelayBatch) -> None:
    """For the relay: the events of this batch."""
    await fan_out(batch.session, batch.events[0].position, batch.events[-1].position, batch.now)


async def fan_out(session: AsyncSession, first_position: int, last_position: int, now: datetime) -> int:
    """Put the events of these positions in line and wake their endpoints; returns how many deliveries were made.

    Runs in the transaction that gives the positions. A disabled endpoint gets its deliveries too: they wait.
    """
    made = await (await session.connection()).exec_driver_sql(
        FAN_OUT, {"first_position": first_position, "last_position": last_position, "now": now}
    )
    return int(made.scalar_one())
